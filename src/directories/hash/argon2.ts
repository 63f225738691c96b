import { randomBytes } from 'node:crypto';

/** What one hash costs: memory in KiB, passes over it, lanes (RFC 9106 §3.1). */
export interface Argon2Cost {
  readonly m: number;
  readonly t: number;
  readonly p: number;
}

/** OWASP Password Storage Cheat Sheet, argon2id, the choice of 19 MiB. */
export const COST: Argon2Cost = Object.freeze({ m: 19_456, t: 2, p: 1 });

/** Each choice that OWASP lists comes to at least this many KiB times passes. */
const WEAK_BELOW = 35_840;

/** A hash comes from a file: one line of it may not take the server's memory, nor its time at each login. */
const MOST = { m: 131_072, t: 16, p: 16, work: 524_288 };

const ARGON2ID = 2;
const NUMBER = '(0|[1-9][0-9]{0,9})';
const PHC = new RegExp(
  String.raw`^\$argon2id\$v=19\$m=${NUMBER},t=${NUMBER},p=${NUMBER}\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$`,
);

/** A hash in PHC format, as a users file has it. */
export interface Argon2Hash {
  readonly kind: 'argon2id';
  readonly text: string;
  readonly cost: Argon2Cost;
  readonly saltBytes: number;
  readonly digestBytes: number;
}

/** @returns the hash, or what is wrong with it and what to do, in words that do not repeat it */
export function parseArgon2(phc: string): Argon2Hash | string {
  const [, m, t, p, salt = '', digest = ''] = PHC.exec(phc) ?? [];
  if (m === undefined) return 'must be an argon2id hash ($argon2id$v=19$m=…), in quotes';
  const cost = { m: Number(m), t: Number(t), p: Number(p) };
  const saltBytes = lengthOf(salt);
  const digestBytes = lengthOf(digest);
  if (!inRange(saltBytes, 8, 64) || !inRange(digestBytes, 16, 64)) {
    return 'is an argon2id hash that is cut short or damaged; hash the password again';
  }
  if (cost.t < 1 || cost.p < 1 || cost.m < 8 * cost.p) {
    return 'is an argon2id hash with impossible parameters (t and p at least 1, m at least 8·p); hash the password again';
  }
  if (cost.m > MOST.m || cost.t > MOST.t || cost.p > MOST.p || cost.m * cost.t > MOST.work) {
    return (
      `is an argon2id hash that costs too much at each login (m at most ${MOST.m}, t ${MOST.t}, p ${MOST.p}, ` +
      `m·t ${MOST.work}); hash the password again with m=${COST.m},t=${COST.t},p=${COST.p}`
    );
  }
  return { kind: 'argon2id', text: phc, cost, saltBytes, digestBytes };
}

const inRange = (value: number, least: number, most: number): boolean => value >= least && value <= most;

/** Bytes of base64 without padding, or -1 where it is not in canonical form: the library would throw at such a one. */
function lengthOf(base64: string): number {
  const bytes = Buffer.from(base64, 'base64');
  return bytes.toString('base64').replace(/=+$/, '') === base64 ? bytes.length : -1;
}

/** Cheaper than any choice of OWASP's: whoever reads the file guesses too fast. */
export const isWeakArgon2 = ({ cost: { m, t } }: Argon2Hash): boolean => m * t < WEAK_BELOW;

/** Runs on a thread of its own, for about 50 ms. */
export async function hashArgon2(password: Uint8Array): Promise<string> {
  const { hash } = await import('@node-rs/argon2');
  return hash(password, { algorithm: ARGON2ID, memoryCost: COST.m, timeCost: COST.t, parallelism: COST.p });
}

/** Takes as long for a wrong password as for the right one. */
export async function verifyArgon2({ text }: Argon2Hash, password: Uint8Array): Promise<boolean> {
  const { verify } = await import('@node-rs/argon2');
  return verify(text, password);
}

/** A hash of no password that costs exactly as much to check as the one it is like. */
export function argon2Like({ cost, saltBytes, digestBytes }: Omit<Argon2Hash, 'kind' | 'text'>): Argon2Hash {
  const random = (bytes: number): string => randomBytes(bytes).toString('base64').replace(/=+$/, '');
  const text = `$argon2id$v=19$m=${cost.m},t=${cost.t},p=${cost.p}$${random(saltBytes)}$${random(digestBytes)}`;
  return { kind: 'argon2id', text, cost, saltBytes, digestBytes };
}
