import { BadTarget } from '../errors.ts';

/**
 * A request target in the one form that both the rule and the upstream are given.
 * What could be read in two ways by two programs is refused, never repaired.
 */
export interface Target {
  /** Lower-cased `host` or `host:port`, as the client wrote it otherwise. */
  readonly host: string;
  /** The path as it goes upstream: as sent, percent-encodings in upper case. */
  readonly path: string;
  /** The path decoded, for rules: never holds `..`, `//`, an encoded slash or a control character. */
  readonly decodedPath: string;
  /** With its `?`, or empty. No rule looks at it. */
  readonly query: string;
}

const LONGEST = 16 * 1024;
/** RFC 3986 `pchar` and `/`, with what browsers leave unencoded in paths (`^ | [ ]`), without `;` and `\`. */
const PATH = /^\/[A-Za-z0-9\-._~!$&'()*+,=:@/%^|[\]"<>`{}]*$/;
const QUERY = /^[\x21-\x22\x24-\x7e]*$/;
/** An encoding that hides a character with a meaning: controls, `#`, `%`, `/`, `;`, `?`, `\`, DEL, or an unreserved one. */
const HIDDEN = /%(?:[01][0-9A-F]|2[35F]|3[BF]|5C|7F|2[DE]|3[0-9]|4[1-9A-F]|5[0-9A]|5F|6[1-9A-F]|7[0-9A]|7E|C2%[89])/;
const HOST = /^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*|\[[0-9a-f:.]+\])(?::\d{1,5})?$/;

/**
 * @param uri - origin-form request target (RFC 9112 §3.2.1)
 * @param host - the Host header, or what a trusted front says it was
 * @throws BadTarget where either has no unambiguous form
 */
export function parseTarget(uri: string | undefined, host: string | undefined): Target {
  if (uri === undefined || uri === '') throw new BadTarget('the request target is missing');
  const at = uri.indexOf('?');
  const rawPath = at < 0 ? uri : uri.slice(0, at);
  const query = at < 0 ? '' : uri.slice(at);
  if (uri.length > LONGEST) throw new BadTarget('the request target is too long');
  if (!QUERY.test(query)) throw new BadTarget('the query has characters that a URL cannot have');
  const { path, decodedPath } = parsePath(rawPath);
  return { host: parseHost(host), path, decodedPath, query };
}

/** @throws BadTarget */
export function parseHost(host: string | undefined): string {
  const lower = host?.toLowerCase() ?? '';
  if (lower.length > 255 || !HOST.test(lower)) throw new BadTarget('the host is missing or is not a host name');
  return lower;
}

function parsePath(raw: string): Pick<Target, 'path' | 'decodedPath'> {
  if (!PATH.test(raw)) throw new BadTarget('the path has characters that a URL path cannot have');
  if (raw.includes('//')) throw new BadTarget('the path has an empty segment');
  if (/%(?![0-9A-Fa-f]{2})/.test(raw)) throw new BadTarget('the path has a broken percent-encoding');
  const path = raw.replace(/%[0-9a-f]{2}/gi, (encoded) => encoded.toUpperCase());
  if (HIDDEN.test(path)) throw new BadTarget('the path hides a character behind a percent-encoding');
  const decodedPath = decode(path);
  // With blanks or further dots around it too: there are servers that trim them.
  if (decodedPath.split('/').some(isDotSegment)) throw new BadTarget('the path has a dot segment');
  return { path, decodedPath };
}

/** Each segment once: one expression over the whole path would take the square of its length. */
const isDotSegment = (segment: string): boolean => segment.includes('.') && /^[\s.]*$/.test(segment);

function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw new BadTarget('the path is not UTF-8');
  }
}
