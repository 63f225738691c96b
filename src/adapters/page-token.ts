import { isIP } from 'node:net';
import type { App } from '../access/app.ts';
import type { BokehToken } from '../apps/bokeh-token.ts';
import { clientCookies } from '../apps/upstream-cookie.ts';
import { cookiesIn } from '../lib/cookie-header.ts';
import { canonicalName } from '../lib/headers.ts';
import { isOurCookie } from '../session/handoff-cookie.ts';

/** What an app is told now, and how something is known that it was told before. */
export interface Expected {
  readonly app: App;
  /** By name; an empty one is told of by nothing. */
  readonly headers: Readonly<Record<string, string>>;
  /** As `name=value` each. */
  readonly cookies: readonly string[];
  /** Empty: none is told. */
  readonly authorization: string;
  /** What becomes of a client's own. */
  readonly authorizationFor: (given: string) => string;
  readonly cookieName: string;
  /** @param name - of a cookie; `null`: an assertion */
  readonly isAlike: (name: string | null, before: string, now: string) => Promise<boolean>;
}

/**
 * Looks for what a token tells the app of somebody and the app would not be told now: all that is reserved, in whatever spelling,
 * and where the app's tokens are whole, what is missing too.
 * @returns the name of a header or cookie; `null`: nothing disagrees
 */
export async function whatDisagrees(token: BokehToken, expected: Expected): Promise<string | null> {
  const wrongHeader = await wrongHeaderOf(token, expected);
  if (wrongHeader !== null) return wrongHeader;
  for (const pair of cookiePairs(token)) {
    if (!(await isCookieRight(pair, expected))) return nameOf(pair);
  }
  return expected.app.pageTokens === 'partial' ? null : missingIn(token, expected);
}

async function wrongHeaderOf({ headers }: BokehToken, expected: Expected): Promise<string | null> {
  const { app, isAlike } = expected;
  const told = new Map(toldBy(expected));
  for (const [name, value] of headers ?? []) {
    const canonical = canonicalName(name);
    if (canonical === 'authorization') {
      if (!(await isAuthorizationRight(value, expected))) return name;
      continue;
    }
    // Which of its hosts it is, an app can go by.
    if (canonical === 'host' && app.isManifold && value.trim().toLowerCase() !== app.host) return name;
    // Some fronts send what they have nothing to say by.
    if (!app.isReservedHeader(name.toLowerCase()) || value.trim() === '') continue;
    const arrival = ARRIVAL.get(canonical);
    const now = told.get(name.toLowerCase());
    const isRight =
      now === undefined
        ? (arrival?.(value.trim(), app) ?? false)
        : now === value.trim() || (canonical === ASSERTION && (await isAlike(null, value.trim(), now)));
    if (!isRight) return name;
  }
  return null;
}

const ASSERTION = 'x-dashgate-assertion';

const toldBy = ({ headers }: Expected): (readonly [name: string, value: string])[] =>
  Object.entries(headers)
    .filter(([, value]) => value !== '')
    .map(([name, value]) => [name.toLowerCase(), value]);

/** A client's own that dashgate would pass on, or what it puts in its place. */
async function isAuthorizationRight(value: string, expected: Expected): Promise<boolean> {
  const { authorization, authorizationFor, isAlike } = expected;
  if (authorization === '') return authorizationFor(value) === value;
  // It may be an assertion.
  const [before, now] = [value, authorization].map((each) => each.replace(/^Bearer /, ''));
  return value === authorization || (value !== before && isAlike(null, before ?? '', now ?? ''));
}

/** Says how a request arrived, and no two need to arrive alike: an address may have changed since, and each front has its own words. */
const ARRIVAL: ReadonlyMap<string, (value: string, app: App) => boolean> = new Map([
  ...['x-forwarded-for', 'x-real-ip', 'x-original-forwarded-for'].map((name) => [name, isAddressList] as const),
  ...['x-forwarded-proto', 'x-forwarded-scheme', 'x-scheme'].map((name) => [name, isScheme] as const),
  ['x-forwarded-host', (value, { host }) => value.toLowerCase() === host],
  ['x-forwarded-prefix', (value, { prefix }) => value === prefix.slice(0, -1)],
  ['x-forwarded-port', (value) => /^\d{1,5}$/.test(value)],
  ['x-forwarded-server', (value) => /^[A-Za-z0-9._-]{1,253}$/.test(value)],
  ['x-request-id', (value) => /^[A-Za-z0-9_-]{8,64}$/.test(value)],
]);

function isAddressList(value: string): boolean {
  return value.split(',').every((each) => isIP(each.trim()) !== 0);
}

function isScheme(value: string, { origin }: App): boolean {
  return origin.startsWith(`${value}:`);
}

/** What a request had for cookies, as the server itself puts them back together, so that none hides in the value of another. */
function cookiePairs({ headers, cookies }: BokehToken): string[] {
  const lines = (headers ?? []).filter(([name]) => canonicalName(name) === 'cookie').map(([, value]) => value);
  const all = [...lines, ...(cookies ?? []).map(([name, value]) => `${name}=${value}`)];
  return all.flatMap((line) => line.split(';'));
}

async function isCookieRight(pair: string, { app, cookies, cookieName, isAlike }: Expected): Promise<boolean> {
  if (clientCookies(app, pair, isOurCookie(cookieName)) === pair) return true;
  const [given] = cookiesIn(pair);
  if (!given || given.name !== nameOf(pair)) return false;
  for (const told of cookies) {
    const [now] = cookiesIn(told);
    if (now?.name !== given.name) continue;
    return now.value === given.value || (await isAlike(given.name, given.value, now.value));
  }
  return false;
}

const nameOf = (pair: string): string => (pair.split('=', 1)[0] ?? '').trim();

/** What is not there at all, the app takes from the request of the websocket itself. */
function missingIn(token: BokehToken, expected: Expected): string | null {
  const { headers, cookies } = token;
  if (headers !== null) {
    const said = new Set(headers.map(([name]) => name.toLowerCase()));
    const authorization = expected.authorization || expected.authorizationFor('');
    const wanted = [...toldBy(expected).map(([name]) => name), ...(authorization === '' ? [] : ['authorization'])];
    const missing = wanted.find((name) => !said.has(name));
    if (missing !== undefined) return missing;
  }
  const pairs = new Set(cookiePairs(token).map(nameOf));
  if (cookies === null && pairs.size === 0) return null;
  return expected.cookies.map(nameOf).find((name) => !pairs.has(name)) ?? null;
}
