import { parseStrict } from '../../lib/strict-json.ts';
import { type Refusal, refuse } from './refusal.ts';

/** A JWS in compact form (RFC 7515 §7.1), taken apart and not believed yet. */
export interface ParsedToken {
  readonly header: Fields;
  readonly claims: Fields;
  readonly alg: string;
  readonly kid: string;
  /** Of the header or the claims; the same where both have it. */
  readonly issuer: string;
}

export type Fields = Readonly<Record<string, unknown>>;

/** Nothing longer is looked at. In characters, which of a token that could hold are bytes. */
export const LONGEST_TOKEN = 8192;
const LONGEST_NAME = 255;

/** Of RFC 7519 §5.1 and RFC 9068 §2.1; any other says that the token is meant for something else (RFC 8725 §3.11). */
const TYPES: readonly unknown[] = [undefined, 'jwt', 'at+jwt'];

/** What tells how the rest is to be read; we read one way. */
const OTHER_READINGS = ['crit', 'b64', 'zip', 'enc', 'cty'];

export function parseToken(text: string): ParsedToken | Refusal {
  if (text.length > LONGEST_TOKEN)
    return refuse('JWT_MAX_SIZE_EXCEEDED', `the token has more than ${LONGEST_TOKEN} characters`);
  const parts = text.split('.', 6);
  if (parts.length === 5) return refuse('JWT_UNSIGNED_OR_ENCRYPTED', 'the token is encrypted; sign it only');
  if (parts.length !== 3) return refuse('JWT_PARSE_ERROR', 'the token is not a JWT of three parts');
  const [head = '', body = '', signature = ''] = parts;
  const header = fieldsOf(head);
  if (!header) return refuse('JWT_PARSE_ERROR', 'the header of the token cannot be read');
  const { alg, kid, typ } = header;
  if (typeof alg !== 'string' || alg === '') return refuse('BAD_JWT', 'the header has no alg');
  if (alg.toLowerCase() === 'none' || signature === '')
    return refuse('JWT_UNSIGNED_OR_ENCRYPTED', 'the token is not signed');
  if (!isCanonical(signature)) return refuse('JWT_PARSE_ERROR', 'the signature of the token cannot be read');
  const claims = fieldsOf(body);
  if (!claims) return refuse('JWT_PARSE_ERROR', 'the claims of the token cannot be read');
  const other = OTHER_READINGS.find((name) => Object.hasOwn(header, name));
  if (other !== undefined) return refuse('BAD_JWT', `the header has ${other}, which is not taken`);
  if (!TYPES.includes(typeof typ === 'string' ? typ.toLowerCase() : typ))
    return refuse('BAD_JWT', 'typ of the header is not JWT');
  if (!isName(kid)) return refuse('BAD_JWT', 'the header has no kid');
  const issuers = [header.iss, claims.iss].filter((iss) => iss !== undefined);
  const [issuer] = issuers;
  if (!isName(issuer)) return refuse('BAD_JWT', 'neither the header nor the claims have iss');
  if (!issuers.every((iss) => iss === issuer)) return refuse('BAD_JWT', 'iss of the header and of the claims differ');
  return { header, claims, alg, kid, issuer };
}

/** The same of whatever it is, for those who only tell of it. */
export function parseFields(text: string): Pick<ParsedToken, 'header' | 'claims'> {
  const [head = '', body = ''] = text.length > LONGEST_TOKEN ? [] : text.split('.', 2);
  return { header: fieldsOf(head) ?? {}, claims: fieldsOf(body) ?? {} };
}

const isName = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && value.length <= LONGEST_NAME;

/** In the one spelling of its bytes (RFC 4648 §3.5): else one token would have several. */
const isCanonical = (part: string): boolean => Buffer.from(part, 'base64url').toString('base64url') === part;

/** User attributes may be lists and objects. */
const DEEPEST = 20;

function fieldsOf(part: string): Fields | null {
  if (!isCanonical(part)) return null;
  try {
    const value = parseStrict(Buffer.from(part, 'base64url'), { deepest: DEEPEST });
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
  } catch {
    return null;
  }
}
