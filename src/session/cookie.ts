import { isIP } from 'node:net';
import { cookiesIn } from '../lib/cookie-header.ts';

/** The session cookie on the wire: its name, its attributes, its chunks. */
export interface CookieStyle {
  /** `__Host-` before it binds the cookie to one host over https (RFC 6265bis §4.1.3.2). */
  readonly name: string;
  readonly sameSite: 'lax' | 'strict';
}

/** What a browser keeps of one cookie (RFC 6265bis §5.6: 4096 octets of name and value), less room for the name. */
const CHUNK = 3800;
export const MOST_CHUNKS = 5;
/** The longest token that its cookies can carry, in characters. */
export const MOST_TOKEN = CHUNK * MOST_CHUNKS;

export type CookieReading =
  | { readonly kind: 'absent' }
  | { readonly kind: 'token'; readonly token: string }
  /** Two of one name, a gap, or more chunks than are ever written: somebody else had a hand in it. */
  | { readonly kind: 'duplicate' };

/** Whether a cookie of that name is the session, or a chunk of it. */
export const isSessionCookie =
  (sessionName: string) =>
  (name: string): boolean =>
    name === sessionName ||
    (name.startsWith(`${sessionName}.`) && /^\d{1,8}$/.test(name.slice(sessionName.length + 1)));

/** What the cookies of sign-ins that are under way are called, less the prefix of a host over https, and less what tells them apart. */
export const PENDING_COOKIE = 'dashgate-pending-';

/** What the login page keeps for longer than sessions: by which device, what was typed, how the page looks. */
export const LASTING_COOKIES = {
  device: 'dashgate-device',
  user: 'dashgate-user',
  storage: 'dashgate-storage',
} as const;

/** Of a frame in a page of another application; no browser takes it but over https, and for one host alone. */
export const EMBED_COOKIE = '__Host-dashgate-embed';

/** Finds the session in a Cookie header; chunks are `name.0`, `name.1` … */
export function readSessionCookie(header: string | undefined, name: string): CookieReading {
  if (!header?.includes(name)) return { kind: 'absent' };
  const isOurs = isSessionCookie(name);
  const found = new Map<string, string>();
  for (const { name: key, value } of cookiesIn(header)) {
    if (!isOurs(key)) continue;
    if (found.has(key) || found.size >= MOST_CHUNKS) return { kind: 'duplicate' };
    found.set(key, value);
  }
  const whole = found.get(name);
  if (found.size === 0) return { kind: 'absent' };
  if (whole !== undefined) return found.size === 1 ? { kind: 'token', token: whole } : { kind: 'duplicate' };
  const chunks = Array.from({ length: found.size }, (_, index) => found.get(`${name}.${index}`));
  return chunks.every((chunk) => chunk !== undefined)
    ? { kind: 'token', token: chunks.join('') }
    : { kind: 'duplicate' };
}

/**
 * The Set-Cookie values that carry a token: one, or as many as it needs chunks.
 * @param keepSec - for how long a browser keeps it; absent: until it is closed
 */
export function writeSessionCookie(token: string, style: CookieStyle, origin: string, keepSec?: number): string[] {
  const { name } = style;
  const attributes = (keepSec === undefined ? '' : `; Max-Age=${keepSec}`) + attributesOf(style, origin);
  if (token.length <= CHUNK) return [`${name}=${token}${attributes}`];
  const chunks = token.match(new RegExp(`.{1,${CHUNK}}`, 'g')) ?? [];
  if (chunks.length > MOST_CHUNKS) throw new RangeError('the session is larger than its cookies can be');
  return chunks.map((chunk, index) => `${name}.${index}=${chunk}${attributes}`);
}

/**
 * The Set-Cookie values that remove each session cookie found in a Cookie header, and the plain one always. What the header
 * has of them is removed from the wider domains too: whoever set it there would keep everybody from signing in here.
 */
export function clearSessionCookie(header: string | undefined, style: CookieStyle, origin: string): string[] {
  const { name } = style;
  const brought = namesIn(header, name);
  const removing = `=; Max-Age=0${attributesOf(style, origin)}`;
  return [
    ...[...new Set([name, ...brought])].map((key) => key + removing),
    ...removeWider(brought.slice(0, MOST_WIDER), style, origin),
  ];
}

/** The Set-Cookie values that carry a token and leave nothing beside it of what a Cookie header has. */
export function replaceSessionCookie(
  header: string | undefined,
  token: string,
  style: CookieStyle,
  origin: string,
  keepSec?: number,
): string[] {
  const written = writeSessionCookie(token, style, origin, keepSec);
  const kept = new Set(written.map((line) => line.split('=', 1)[0]));
  const brought = namesIn(header, style.name);
  return [
    ...brought.filter((key) => !kept.has(key)).map((key) => `${key}=; Max-Age=0${attributesOf(style, origin)}`),
    ...removeWider(brought.slice(0, MOST_WIDER), style, origin),
    ...written,
  ];
}

/** Names of session cookies in a header, the first few. */
function namesIn(header: string | undefined, name: string): string[] {
  const isOurs = isSessionCookie(name);
  const names = new Set<string>();
  for (const { name: key } of cookiesIn(header)) if (isOurs(key) && names.size < MOST_CHUNKS) names.add(key);
  return [...names];
}

/** So many cookies are removed from so many domains; each is a line of the answer. */
const MOST_WIDER = 2;
const MOST_DOMAINS = 3;

/**
 * Lines that remove cookies which were set for this host and those below it, or for a domain above it. No browser takes one by a
 * name with `__Host-` for more than the host (RFC 6265bis §4.1.3.2), and none for a domain without a dot.
 */
function removeWider(names: readonly string[], style: CookieStyle, origin: string): string[] {
  if (/^__host-/i.test(style.name)) return [];
  const { hostname } = new URL(origin);
  if (hostname.startsWith('[') || isIP(hostname) !== 0) return [];
  const labels = hostname.split('.');
  const domains = labels.slice(0, -1).map((_, at) => labels.slice(at).join('.'));
  return names.flatMap((key) =>
    domains
      .slice(0, MOST_DOMAINS)
      .map((domain) => `${key}=; Max-Age=0; Domain=${domain}${attributesOf(style, origin)}`),
  );
}

const attributesOf = (style: CookieStyle, origin: string): string =>
  `; Path=/; HttpOnly; SameSite=${style.sameSite === 'strict' ? 'Strict' : 'Lax'}${origin.startsWith('https:') ? '; Secure' : ''}`;
