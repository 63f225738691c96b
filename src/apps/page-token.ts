import { canonicalName } from '../lib/headers.ts';
import { type BokehToken, readBokehToken } from './bokeh-token.ts';

/** A request for a server of Bokeh's, as far as it may bring a session of that server along. */
interface Asked {
  readonly method: string;
  /** As Node has them: several of one name are joined by `, `. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly target: { readonly decodedPath: string; readonly query: string };
  readonly isUpgrade: boolean;
}

/**
 * The token that a request brings; `none`: it brings none, and `bad`: it brings one in a place where no page has it, or none that
 * can be read where a page has one. A socket at `…/ws` without any is `bad` too: a front may have kept it to itself.
 */
export function pageTokenOf({ method, headers, target, isUpgrade }: Asked): BokehToken | 'none' | 'bad' {
  if (namesSession(target.query) || (method === 'GET' && isForm(headers['content-type']))) return 'bad';
  if (!isUpgrade) return 'none';
  const offer = headers['sec-websocket-protocol'];
  const isBokehs = target.decodedPath.endsWith('/ws');
  if (offer === undefined) return isBokehs ? 'bad' : 'none';
  const offered = String(offer).split(',').map(trimBlanks);
  // What one server takes for blanks is part of a name to another.
  if (!offered.every((each) => TOKEN.test(each))) return 'bad';
  if (!isBokehs && !offered.includes('bokeh')) return 'none';
  const [name, token = '', ...more] = offered;
  return name === 'bokeh' && more.length === 0 ? (readBokehToken(token) ?? 'bad') : 'bad';
}

/** RFC 9110 §5.6.2. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const trimBlanks = (text: string): string => text.replace(/^[ \t]+|[ \t]+$/g, '');

/** Arguments by which a server takes the session of another, or one whose headers the client has made up. */
const NAMES = new Set(['bokeh-token', 'bokeh-session-id']);

const namesSession = (query: string): boolean =>
  [...new URLSearchParams(query.replaceAll(';', '&')).keys()].some((name) => NAMES.has(canonicalName(name.trim())));

/** Tornado takes arguments from a form too, whatever the method is; no page asks for a page by one. */
const isForm = (contentType: string | string[] | undefined): boolean =>
  /application\/x-www-form-urlencoded|multipart\/form-data/i.test(String(contentType ?? ''));
