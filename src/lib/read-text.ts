import { closeSync, fstatSync, openSync, readFileSync, statSync } from 'node:fs';
import { ConfigInvalid } from '../errors.ts';
import { isCode } from './error-code.ts';

/**
 * The text of a small file that an operator wrote, in UTF-8. Throws ConfigInvalid, with what to do; also where the file is
 * written or replaced each time that it is read, so that nobody works with a half of it.
 * @param what - what the file is, as `users file`
 * @param keepsMark - whether a byte order mark is a part of the text
 * @param maker - the command that makes such a file
 */
export function readText(
  file: string,
  what: string,
  mostBytes: number,
  { keepsMark = false, maker }: { keepsMark?: boolean; maker?: string } = {},
): string {
  try {
    if (!statSync(file).isFile()) throw new ConfigInvalid(`${file}: is not a file; name the ${what}`);
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: keepsMark }).decode(readStill(file, what, mostBytes));
  } catch (error) {
    if (error instanceof ConfigInvalid) throw error;
    if (error instanceof TypeError) throw new ConfigInvalid(`${file}: is not UTF-8 text; save the ${what} as UTF-8`);
    const reason = isCode(error, 'ENOENT')
      ? `there is no such file; create the ${what}${maker === undefined ? '' : ` by "${maker}"`} or correct its name`
      : isCode(error, 'EACCES')
        ? `may not be read by this user; give it read access to the ${what}`
        : `cannot be read as ${what}`;
    throw new ConfigInvalid(`${file}: ${reason}`, { cause: error });
  }
}

const TRIES = 3;

function readStill(file: string, what: string, mostBytes: number): Buffer {
  for (let left = TRIES; left > 0; left--) {
    const bytes = tryToRead(file, what, mostBytes);
    if (bytes) return bytes;
  }
  throw new ConfigInvalid(`${file}: was written while it was read; try again when the ${what} is whole`);
}

/** @returns `null` where the file was written or replaced meanwhile */
function tryToRead(file: string, what: string, mostBytes: number): Buffer | null {
  const descriptor = openSync(file, 'r');
  try {
    const before = fstatSync(descriptor, { bigint: true });
    if (before.size > mostBytes) {
      throw new ConfigInvalid(`${file}: has more than ${mostBytes} bytes, too many for a ${what}; check its name`);
    }
    const bytes = readFileSync(descriptor);
    // Twice: of two writes within one step of the clock, the second leaves no other mark.
    const again = readFileSync(file);
    const after = [fstatSync(descriptor, { bigint: true }), statSync(file, { bigint: true })];
    const isStill = after.every(
      ({ dev, ino, size, mtimeNs }) =>
        dev === before.dev && ino === before.ino && size === before.size && mtimeNs === before.mtimeNs,
    );
    return isStill && bytes.equals(again) && BigInt(bytes.length) === before.size ? bytes : null;
  } finally {
    closeSync(descriptor);
  }
}
