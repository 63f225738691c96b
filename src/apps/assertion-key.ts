import { createECDH, createPrivateKey, createPublicKey, hkdfSync, type KeyObject } from 'node:crypto';
import type { DerivedKey } from '../session/key-ring.ts';

/** How an assertion is signed: Ed25519 (RFC 8037), or ECDSA on P-256 for readers that know no other (RFC 7518 §3.4). */
export const ALGORITHMS = ['EdDSA', 'ES256'] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

/** A key that signs assertions, by one algorithm. No two have a name in common, so that the name settles the algorithm. */
export interface AssertionKey {
  readonly kid: string;
  readonly algorithm: Algorithm;
  readonly key: KeyObject;
  /** The public half, as it is published (RFC 7517 §4). */
  readonly published: Readonly<Record<string, string>>;
}

/** Before the 32 bytes of a seed, this makes them a PKCS #8 document (RFC 8410 §7). */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** The order of P-256 (FIPS 186-5, SP 800-186 §3.2.1.3). */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
/** 64 bits more than the order has, so that no scalar is likelier than another (FIPS 186-5 §A.2.1). */
const SCALAR_BYTES = 48;

const MAKERS = {
  EdDSA({ kid, key: seed }: DerivedKey): AssertionKey {
    const key = createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: 'der', type: 'pkcs8' });
    return withPublished('EdDSA', kid, key);
  },
  ES256({ kid, key: seed }: DerivedKey): AssertionKey {
    const drawn = Buffer.from(hkdfSync('sha256', seed, new Uint8Array(), 'dashgate/assertion/es256/v1', SCALAR_BYTES));
    const scalar = (BigInt(`0x${drawn.toString('hex')}`) % (ORDER - 1n)) + 1n;
    const d = Buffer.from(scalar.toString(16).padStart(64, '0'), 'hex');
    const point = createECDH('prime256v1');
    point.setPrivateKey(d);
    // Uncompressed: a byte that says so, and both coordinates (SEC 1 §2.3.3).
    const at = point.getPublicKey();
    const jwk = { kty: 'EC', crv: 'P-256', x: text(at.subarray(1, 33)), y: text(at.subarray(33)), d: text(d) };
    return withPublished('ES256', `${kid}-es256`, createPrivateKey({ key: jwk, format: 'jwk' }));
  },
} satisfies Record<Algorithm, (seed: DerivedKey) => AssertionKey>;

/** One key for each algorithm. @param seed - 32 bytes, which nothing else is made of */
export const keysFrom = (seed: DerivedKey): readonly AssertionKey[] => ALGORITHMS.map((each) => MAKERS[each](seed));

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');

function withPublished(algorithm: Algorithm, kid: string, key: KeyObject): AssertionKey {
  const { kty = '', crv = '', x = '', y } = createPublicKey(key).export({ format: 'jwk' });
  const point = { kty, crv, x, ...(y !== undefined && { y }) };
  return { kid, algorithm, key, published: { ...point, kid, use: 'sig', alg: algorithm } };
}
