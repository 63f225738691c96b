import type { OwnPaths } from '../../lib/own-paths.ts';
import { type Html, html } from './html.ts';
import type { Layout } from './layout.ts';
import { ago, name, SESSIONS_FIELDS, time, tokensLink } from './parts.ts';

export interface ListedSession {
  readonly jti: string;
  readonly isCurrent: boolean;
  /** Seconds since the epoch. */
  readonly beganSec: number;
  readonly usedSec: number;
  readonly address: string;
  readonly browser: string;
  readonly isRemembered: boolean;
}

export interface SessionsView {
  readonly name: string;
  /** In the order to be shown. */
  readonly sessions: readonly ListedSession[];
  readonly nowSec: number;
  /** Whether all others can be ended at once. */
  readonly mayEndOthers: boolean;
  /** Whether there is a page for access tokens, which end with all others. */
  readonly hasTokens?: boolean;
}

/** Where somebody is signed in, each with a way to end it. */
export function sessions(own: OwnPaths, view: SessionsView): Layout {
  const { name: who, sessions: list, nowSec, mayEndOthers, hasTokens = false } = view;
  return {
    heading: 'Your sessions',
    main: html`<p>You are signed in as ${name(who)}${list.length > 1 ? ', here and wherever this list says. End what you do not know, and then change your password.' : ', and nowhere else.'}</p>
<ul class="sessions" role="list">
${list.map((session) => html`${item(own, session, nowSec)}\n`)}</ul>
${
  mayEndOthers &&
  hasTokens &&
  list.length > 1 &&
  html`<p class="hint spaced">To end all others ends your access tokens too.</p>
`
}<div class="actions">
${
  mayEndOthers &&
  list.length > 1 &&
  html`<form method="post" action="${own.sessions}">
<input type="hidden" name="${SESSIONS_FIELDS.end}" value="others">
<button class="button" type="submit">End all others</button>
</form>
`
}<a class="button quiet" href="${own.logout}">Sign out</a>
<a class="button quiet" href="${own.login}">Your dashboards</a>${hasTokens && tokensLink(own)}
</div>`,
  };
}

const item = (
  own: OwnPaths,
  { jti, isCurrent, beganSec, usedSec, address, browser, isRemembered }: ListedSession,
  nowSec: number,
): Html =>
  html`<li>
<div>
<p><strong>${browser}</strong>${isCurrent && html` <span class="badge">this one</span>`}</p>
<p class="detail"><bdi>${address}</bdi> · used ${time(usedSec, nowSec)}</p>
<p class="detail">Signed in ${time(beganSec, nowSec)}${isRemembered && ', to stay so'}</p>
</div>
${
  !isCurrent &&
  html`<form method="post" action="${own.sessions}">
<input type="hidden" name="${SESSIONS_FIELDS.end}" value="${jti}">
<button class="button quiet" type="submit" aria-label="End ${browser}, signed in ${ago(nowSec - beganSec)}">End</button>
</form>
`
}</li>`;
