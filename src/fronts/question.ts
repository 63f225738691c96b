import { METHOD_OVERRIDES } from '../lib/method-override.ts';
import { droppedFor, type HeadersOfApp, IDENTITY_HEADERS, UNTRUSTED } from '../lib/untrusted-headers.ts';
import { MOST_CHUNKS } from '../session/cookie.ts';

/** What the check answers for the dashboard, and every front here takes over: the client's own copies are overwritten or dropped. */
const TAKEN = [...IDENTITY_HEADERS, 'Authorization', 'Cookie'];

/** Headers of a client by which the check decides, for a front that hands on only what is named. */
export const ASKED = [
  ...['cookie', 'authorization', 'origin', 'referer', 'accept', 'accept-language', 'user-agent', 'x-requested-with'],
  ...['sec-fetch-site', 'sec-fetch-mode', 'sec-fetch-dest', 'sec-fetch-user'],
  ...['upgrade', 'sec-websocket-version', 'sec-websocket-key', 'sec-websocket-protocol', 'content-type'],
  ...['x-forwarded-for', 'x-request-id'],
  ...METHOD_OVERRIDES,
];

/** The same for an app that is told by further headers. */
export const takenFor = ({ identityHeaders }: HeadersOfApp): string[] => [
  ...TAKEN,
  ...identityHeaders.map(({ name }) => name),
];

/** What a client may not say to an app, less what a front says itself. */
export const dropped = (app: HeadersOfApp, itsOwn: readonly string[]): string[] =>
  droppedFor(app).filter((name) => !itsOwn.includes(name));

/** Under which a session comes, in one cookie or in several. */
export const cookieNames = (name: string): string[] => [
  name,
  ...Array.from({ length: MOST_CHUNKS }, (_, chunk) => `${name}.${chunk}`),
];

/** Our words, which an upstream may not say in an answer. */
export const HIDDEN = [...IDENTITY_HEADERS, ...UNTRUSTED.filter((name) => name.startsWith('X-Dashgate-'))];
