import type { OwnPaths } from '../../lib/own-paths.ts';
import { href } from './href.ts';
import { type Html, type HtmlValue, html } from './html.ts';

/** A dashboard that a person may open. */
export interface AppLink {
  readonly name: string;
  readonly href: string;
}

/** Names of the login form's fields, as the route reads them. */
export const LOGIN_FIELDS = {
  user: 'user',
  password: 'password',
  mode: 'mode',
  returnTo: 'return_to',
  remember: 'remember',
} as const;

/** Of the login page's address, where more than one session cookie came: `cookies=twice`. */
export const COOKIES_FIELD = 'cookies';
/** What the start at a provider reads beside the return target, as OpenID Connect calls it. */
export const START_FIELDS = { prompt: 'prompt', maxAge: 'max_age' } as const;

export const LOGOUT_FIELDS = { everywhere: 'everywhere', password: 'password' } as const;

/** `end` is the id of a session, or `others`. */
export const SESSIONS_FIELDS = { end: 'end', password: 'password' } as const;

/** `do` is `make`, `revoke` or `prove`; `reach` is `all`, or `some`: those of `resources`. */
export const TOKENS_FIELDS = {
  ...{ do: 'do', id: 'id', name: 'name', lifetime: 'lifetime', reach: 'reach' },
  ...{ resources: 'resources', password: 'password' },
} as const;

/** `do` is `stop` or `prove`; else a session as `user` is to begin. */
export const IMPERSONATE_FIELDS = { do: 'do', user: 'user', password: 'password', returnTo: 'return_to' } as const;

/** A name somebody chose, which may run right to left: kept from reordering the sentence around it. */
export const name = (text: string): Html => html`<bdi class="name">${text}</bdi>`;

export const linkButton = (address: string, label: string): Html =>
  html`<a class="button" href="${href(address)}">${label}</a>`;

/** The role says what Safari forgets of a list without bullets. */
export const appList = (apps: readonly AppLink[]): Html =>
  html`<ul class="apps" role="list">
${apps.map((app) => html`<li><a href="${href(app.href)}"><bdi>${app.name}</bdi></a></li>\n`)}</ul>`;

/** What a person reads to whoever runs the place; the log has the same words. */
export const reference = (requestId: string): Html =>
  html`<p class="reference">Request id <code>${requestId}</code></p>`;

/** `a`, `a and b`, `a, b and c`. */
export function listed(items: readonly Html[]): HtmlValue {
  return items.map((item, index) => [index === 0 ? '' : index === items.length - 1 ? ' and ' : ', ', item]);
}

/** A time in its largest unit that says it, never too long: `1 day`, `30 days`, `36 hours`. */
export function lasting(ms: number): string {
  const [unit, size] = UNITS.find(([, size]) => ms >= size && ms % size === 0) ?? ['minute', 60_000];
  const count = Math.floor(ms / size);
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}

const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
] as const;

/** A wait in the largest unit that says it well, never too short: `1 second`, `45 seconds`, `3 minutes`. */
export function waiting(seconds: number): string {
  const minutes = Math.ceil(seconds / 60);
  const [count, unit] = seconds < 90 ? [Math.max(1, Math.ceil(seconds)), 'second'] : [minutes, 'minute'];
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}

export const tokensLink = (own: OwnPaths): Html => html`
<a class="button quiet" href="${own.tokens}">Your access tokens</a>`;

/** How long ago something was, for people and for programs. Both in seconds since the epoch. */
export const time = (sec: number, nowSec: number): Html =>
  html`<time datetime="${new Date(sec * 1000).toISOString()}">${ago(nowSec - sec)}</time>`;

/** When something ends: the day (UTC), or, where that is near, how long that is. */
export function end(sec: number, nowSec: number): Html {
  const written = new Date(sec * 1000).toISOString();
  const left = sec - nowSec;
  const words = left >= 172_800 ? `on ${written.slice(0, 10)}` : `in ${roughly(left) ?? 'less than a minute'}`;
  return html`<time datetime="${written}">${words}</time>`;
}

/** How long ago, in the largest unit: `just now`, `5 minutes ago`, `2 days ago`. */
export function ago(seconds: number): string {
  const count = roughly(seconds);
  return count === null ? 'just now' : `${count} ago`;
}

/** `null`: not even a minute. */
function roughly(seconds: number): string | null {
  const [unit, ms] = [...UNITS, ['minute', 60_000] as const].find(([, size]) => seconds * 1000 >= size) ?? [];
  if (unit === undefined || ms === undefined) return null;
  const count = Math.floor((seconds * 1000) / ms);
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}
