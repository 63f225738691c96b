import { decodeJwt, decodeProtectedHeader } from 'jose';
import { TYPE } from '../../apps/assertion.ts';

/** What a secret is and, of a token, how long, and nothing that it says, but for an assertion, which is no secret without its signature. */
export interface Masked {
  /** As `JWT, EdDSA`. */
  readonly kind: string;
  /** In characters; absent where it would tell how long a password is. */
  readonly length?: number;
  readonly claims?: Readonly<Record<string, unknown>>;
}

/** @param value - a token, or what else stands in a cookie */
export function maskOf(value: string): Masked {
  const { length } = value;
  const head = headOf(value);
  if (!head) return { kind: value.startsWith('2|1:0|') ? 'signed by Tornado' : 'secret', length };
  const { alg = '', enc, typ } = head;
  if (enc !== undefined) return { kind: `JWE, ${alg}, ${enc}`, length };
  return { kind: `JWT, ${alg}`, length, ...(typ === TYPE && { claims: decodeJwt(value) }) };
}

/** The same for an `Authorization` header, whose scheme is said too. */
export function maskAuthorization(value: string): Masked {
  const [scheme = '', token = ''] = value.split(' ', 2);
  const { kind, claims } = maskOf(token);
  if (/^basic$/i.test(scheme)) return { kind: scheme };
  const isKnown = /^bearer$/i.test(scheme);
  return {
    kind: [isKnown ? scheme : 'secret', ...(kind === 'secret' ? [] : [kind])].join(', '),
    length: value.length,
    ...(claims && { claims }),
  };
}

function headOf(token: string): ReturnType<typeof decodeProtectedHeader> | null {
  if (!/^[\w-]+(?:\.[\w-]*){2,4}$/.test(token)) return null;
  try {
    return decodeProtectedHeader(token);
  } catch {
    return null;
  }
}
