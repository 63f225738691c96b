import { type Html, html } from './html.ts';
import type { Layout } from './layout.ts';
import { reference } from './parts.ts';

export type FrameProblem =
  /** It was ended, its time is over, another user came after, or the browser kept no cookie. */
  | 'over'
  /** The token was not taken. */
  | 'refused'
  /** The page around it is none of the domains, or does not say which it is. */
  | 'not-here'
  /** It was opened as a page of its own. */
  | 'no-frame'
  /** What is to be shown is none of the dashboards that are open to it. */
  | 'not-open'
  /** It could not be found out. */
  | 'unavailable';

export interface FrameView {
  readonly problem: FrameProblem;
  readonly requestId: string;
}

const HEADINGS: Readonly<Record<FrameProblem, string>> = {
  over: 'This view has ended',
  refused: 'This view could not be opened',
  'not-here': 'This page may not show the dashboard',
  'no-frame': 'This belongs in another page',
  'not-open': 'This dashboard is not open to you here',
  unavailable: 'Not possible at the moment',
};

function explain(problem: FrameProblem): Html {
  switch (problem) {
    case 'over':
      return html`<p>Reload the whole page to go on. If that does not help, sign in there again.</p>`;
    case 'refused':
      return html`<p>The page around it could not vouch for you: what it sent is too old, was used before, or is not as it has to be. Reload the whole page.</p>`;
    case 'not-here':
      return html`<p>Dashboards are shown only within pages that have been named for that, and the page around this one is none of them or does not say which it is.</p>`;
    case 'no-frame':
      return html`<p>This address is for a frame in a page of another application. Open that page instead.</p>`;
    case 'not-open':
      return html`<p>The page around it may show other dashboards. If you need this one, ask the people who run that page.</p>`;
    case 'unavailable':
      return html`<p>Something that is needed to check your access is down or too busy. Reload the whole page in a moment.</p>`;
  }
}

/** What stands in a frame in place of a dashboard. It has no links: all that can be done is done by the page around it. */
export const frame = ({ problem, requestId }: FrameView): Layout => ({
  heading: HEADINGS[problem],
  referrer: 'no-referrer',
  main: html`${explain(problem)}
${reference(requestId)}`,
});
