import { inflateSync } from 'node:zlib';
import { parseStrict } from '../lib/strict-json.ts';

type Pair = readonly [name: string, value: string];

/** What the session token of a Bokeh server says of the request that its page was loaded by; `null`: it says nothing of them. */
export interface BokehToken {
  /** By the names that the app reads them by; one of several values stands here several times. */
  readonly headers: readonly Pair[] | null;
  readonly cookies: readonly Pair[] | null;
}

/** Longer than all headers that a server takes. */
const MOST_CHARACTERS = 64 * 1024;
/** Headers, cookies and arguments of one request are not larger once they are spelt out. */
const MOST_BYTES = 256 * 1024;
const DEEPEST = 64;

const ZIPPED = '__bk__zlib_';

/**
 * Reads a token as Bokeh 3 writes it (`bokeh/util/token.py`): JSON in base64url without padding, then a dot and a signature where
 * sessions are signed. What is in `__bk__zlib_`, likewise and compressed (RFC 1950), counts before what is beside it. Python reads
 * more than that, as other encodings and keys that come twice; none of it is written by an honest server.
 * @returns `null` for what is no such token, or is larger than any
 */
export function readBokehToken(token: string): BokehToken | null {
  const [payload = '', , ...more] = token.split('.');
  if (token.length > MOST_CHARACTERS || more.length > 0) return null;
  try {
    const outer = keyed(parseStrict(decode(payload), { deepest: DEEPEST }));
    const zipped = outer[ZIPPED];
    if (zipped === undefined) return saidIn(outer);
    const inner = inflateSync(decode(text(zipped)), { maxOutputLength: MOST_BYTES });
    return saidIn({ ...outer, ...keyed(parseStrict(inner, { deepest: DEEPEST })) });
  } catch {
    return null;
  }
}

const NO_TOKEN = 'this is no token';

/** RFC 7230 §3.2.6: no name that a server hands on has anything else. */
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

function saidIn({ headers, cookies }: Keyed): BokehToken {
  return {
    headers: pairs(headers, (value) => (Array.isArray(value) ? value : [value]).map(text), HEADER_NAME),
    cookies: pairs(cookies, (value) => [text(value)]),
  };
}

function pairs(given: unknown, valuesOf: (value: unknown) => string[], names = /^/): Pair[] | null {
  // Bokeh then goes by the request of the websocket itself.
  if (given === undefined || given === null) return null;
  return Object.entries(keyed(given)).flatMap(([name, value]) => {
    if (!names.test(name)) throw new TypeError(NO_TOKEN);
    return valuesOf(value).map((each): Pair => [name, each]);
  });
}

type Keyed = Readonly<Record<string, unknown>>;

function keyed(value: unknown): Keyed {
  if (!isKeyed(value)) throw new TypeError(NO_TOKEN);
  return value;
}

const isKeyed = (value: unknown): value is Keyed =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function text(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError(NO_TOKEN);
  return value;
}

/** Python passes over what is no letter of base64; here it is none. */
function decode(encoded: string): Buffer {
  if (!/^[A-Za-z0-9_-]*$/.test(encoded) || encoded.length % 4 === 1) throw new TypeError(NO_TOKEN);
  return Buffer.from(encoded, 'base64url');
}
