import { passwordBytes, rawPasswordBytes } from '../password.ts';
import { type Apr1Hash, apr1Decoy, verifyApr1 } from './apr1.ts';
import { type Argon2Hash, argon2Like, isWeakArgon2, verifyArgon2 } from './argon2.ts';
import { type BcryptHash, bcryptLike, isWeakBcrypt, verifyBcrypt } from './bcrypt.ts';
import { type PlainHash, plainDecoy, verifyPlain } from './plain.ts';
import { type Sha1Hash, sha1Decoy, verifySha1 } from './sha1.ts';
import { type TabpyHash, tabpyDecoy, verifyTabpy } from './tabpy.ts';

/**
 * A password's hash as a file holds it: plain values, so that a thread can hand it to another. Where `text` is the same, the
 * password was not changed.
 */
export type PasswordHash = Argon2Hash | BcryptHash | Apr1Hash | Sha1Hash | TabpyHash | PlainHash;

/**
 * What is nobody's password is checked all the same, so that it costs the same.
 * @throws DirectoryUnavailable where it could not find out, never for a wrong password
 */
export async function verifyPassword(hash: PasswordHash, password: string): Promise<boolean> {
  // Other programs hashed what they were sent; only in our own file it is one form for every keyboard.
  const bytes = hash.kind === 'argon2id' ? passwordBytes(password) : rawPasswordBytes(password);
  const matches = await check(hash, bytes ?? NO_PASSWORD);
  return matches && bytes !== null;
}

const NO_PASSWORD = new Uint8Array();

function check(hash: PasswordHash, bytes: Uint8Array): Promise<boolean> | boolean {
  switch (hash.kind) {
    case 'argon2id':
      return verifyArgon2(hash, bytes);
    case 'bcrypt':
      return verifyBcrypt(hash, bytes);
    case 'apr1':
      return verifyApr1(hash, bytes);
    case 'sha1':
      return verifySha1(hash, bytes);
    case 'tabpy':
      return verifyTabpy(hash, bytes);
    case 'plain':
      return verifyPlain(hash, bytes);
  }
}

/** A hash of no password that costs exactly as much to check as the one it is like, for a user name that nobody has. */
export function decoyLike(hash: PasswordHash, user: string): PasswordHash {
  switch (hash.kind) {
    case 'argon2id':
      return argon2Like(hash);
    case 'bcrypt':
      return bcryptLike(hash);
    case 'apr1':
      return apr1Decoy();
    case 'sha1':
      return sha1Decoy();
    case 'tabpy':
      return tabpyDecoy(user);
    case 'plain':
      return plainDecoy();
  }
}

/** Whoever reads the file guesses too fast. */
export function isWeak(hash: PasswordHash): boolean {
  switch (hash.kind) {
    case 'argon2id':
      return isWeakArgon2(hash);
    case 'bcrypt':
      return isWeakBcrypt(hash);
    case 'apr1':
    case 'sha1':
    case 'plain':
      return true;
    // It is what TabPy does, and it takes nothing else.
    case 'tabpy':
      return false;
  }
}
