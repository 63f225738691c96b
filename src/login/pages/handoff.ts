import { type Html, html } from './html.ts';
import type { Layout } from './layout.ts';
import { linkButton, reference } from './parts.ts';

export type HandoffProblem =
  /** No code of ours, or an address that was cut short. */
  | 'unreadable'
  /** It is older than a minute, or was used before. */
  | 'late'
  /** This browser did not leave from here: it may be somebody else's sign-in. */
  | 'not-begun-here'
  /** It was ended while it was on the way. */
  | 'session-over'
  /** The browser was given the session a moment ago, and came back without it. */
  | 'not-kept'
  /** Two cookies of the session's name came, and taking them away did not help. */
  | 'cookie-twice';

export interface HandoffView {
  readonly problem: HandoffProblem;
  /** The one that was asked. */
  readonly host: string;
  /** Where to begin anew. */
  readonly againHref: string;
  readonly requestId: string;
}

function explain({ problem, host }: HandoffView): Html {
  const here = html`<strong><bdi>${host}</bdi></strong>`;
  switch (problem) {
    case 'unreadable':
      return html`<p>The address that led here was cut short, or is not one of ours.</p>`;
    case 'late':
      return html`<p>The way here took longer than a minute, or was used before.</p>`;
    case 'not-begun-here':
      return html`<p>This sign-in was not begun by this browser at ${here}, so it was not taken: somebody else may have sent you here.</p>
<p>If it was you, your browser may keep no cookies for ${here}. Allow them, and try again.</p>`;
    case 'session-over':
      return html`<p>Your session ended while it was on the way here. Sign in again.</p>`;
    case 'not-kept':
      return html`<p>You have signed in, but your browser does not send the cookie that says so to ${here}.</p>
<p>Allow cookies for ${here}, or delete those that it has, and try again.</p>`;
    case 'cookie-twice':
      return html`<p>Your browser sends more than one session cookie to ${here}, so none of them was believed. They were removed as far as they can be from here.</p>
<p>If this page comes back, delete the cookies of ${here} and of the domain above it in your browser’s settings, and try again.</p>`;
  }
}

/** For who comes to an app's host and cannot be signed in there. The address that led here is told to nobody. */
export const handoff = (view: HandoffView): Layout => ({
  heading: 'You are not signed in here yet',
  referrer: 'no-referrer',
  main: html`${explain(view)}
<p class="actions">${linkButton(view.againHref, 'Try again')}</p>
${reference(view.requestId)}`,
});
