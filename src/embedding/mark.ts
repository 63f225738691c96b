import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Target } from '../lib/target.ts';

/** What a request of a page in a frame says of the session that the page was loaded by. No credential: it opens nothing. */
export const MARK_HEADER = 'x-dashgate-embed';
/** The same where no header can be set: of a websocket, an event stream, or a beacon. */
export const MARK_PARAMETER = 'dashgate-embed';

/** Stays through renewals, as the `jti` does, and tells nothing of it. */
export const markOf = ({ jti }: { readonly jti: string }): string =>
  createHash('sha256').update(`dashgate-embed ${jti}`).digest('base64url').slice(0, 22);

const IN_QUERY = new RegExp(`(?:\\?|&)${MARK_PARAMETER}=([^&]*)`, 'g');

/** Takes the mark out of a query, which is not for the dashboard. Two marks are none that holds. */
export function takeMark(
  { query, ...rest }: Target,
  headers: IncomingHttpHeaders,
): { readonly target: Target; readonly mark: string | null } {
  const header = headers[MARK_HEADER];
  const given = header === undefined ? [] : [String(header)];
  const marks = [...given, ...[...query.matchAll(IN_QUERY)].map(([, mark = '']) => mark)];
  const left = marks.length > given.length ? query.replace(IN_QUERY, '').replace(/^&/, '?') : query;
  const [mark = null] = marks;
  return { target: { ...rest, query: left }, mark: marks.every((each) => each === mark) ? mark : '' };
}
