import { randomBytes } from 'node:crypto';

/** A bcrypt hash, as `htpasswd -B` writes it. */
export interface BcryptHash {
  readonly kind: 'bcrypt';
  readonly text: string;
  /** Rounds are two to the power of it. */
  readonly cost: number;
}

/** Some 130 ms. OWASP Password Storage Cheat Sheet asks for 10 at least. */
const COST = 11;
const WEAK_BELOW = 10;

/** Two seconds of a core at each login. */
const MOST = 15;

/** bcrypt does not see what stands behind this many bytes: the password would be right with any ending. */
const MOST_BYTES = 72;

/** The last character of salt and digest holds fewer bits than the others: what no tool writes never matches. */
const SHAPE = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{21}[.Oeu][./A-Za-z0-9]{30}[.CGKOSWaeimquy26]$/;

/** @returns the hash, or what is wrong with it and what to do, in words that do not repeat it */
export function parseBcrypt(text: string): BcryptHash | string {
  const cost = Number(SHAPE.exec(text)?.[1] ?? 0);
  if (cost === 0) return 'is a bcrypt hash that is cut short or damaged; set the password again';
  if (cost < 4 || cost > 31) return 'is a bcrypt hash with an impossible cost; set the password again';
  if (cost > MOST)
    return `is a bcrypt hash that costs too much at each login (at most ${MOST}); set the password again`;
  return { kind: 'bcrypt', text, cost };
}

export const isWeakBcrypt = ({ cost }: BcryptHash): boolean => cost < WEAK_BELOW;

/** The prefix is the one that every reader of htpasswd files knows. @returns `null` where the password is too long for it */
export async function hashBcrypt(password: Uint8Array): Promise<string | null> {
  const { hash } = await import('@node-rs/bcrypt');
  return password.length > MOST_BYTES ? null : (await hash(password, COST)).replace('$2b$', '$2y$');
}

/** Takes as long for a wrong password as for the right one. */
export async function verifyBcrypt({ text }: BcryptHash, password: Uint8Array): Promise<boolean> {
  const { verify } = await import('@node-rs/bcrypt');
  const matches = await verify(password, text);
  return matches && password.length <= MOST_BYTES;
}

/** A hash of no password that costs as much to check. */
export function bcryptLike({ cost }: Pick<BcryptHash, 'cost'>): BcryptHash {
  const random = randomBytes(60).toString('hex').slice(0, 51);
  return {
    kind: 'bcrypt',
    text: `$2y$${String(cost).padStart(2, '0')}$${random.slice(0, 21)}.${random.slice(21)}.`,
    cost,
  };
}
