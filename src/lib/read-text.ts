import { readFileSync, statSync } from 'node:fs';
import { ConfigInvalid } from '../errors.ts';
import { isCode } from './error-code.ts';

/**
 * The text of a small file that an operator wrote, in UTF-8. Throws ConfigInvalid, with what to do.
 * @param what - what the file is, as `users file`
 */
export function readText(file: string, what: string, mostBytes: number): string {
  try {
    const found = statSync(file);
    if (!found.isFile()) throw new ConfigInvalid(`${file}: is not a file; name the ${what}`);
    if (found.size > mostBytes) {
      throw new ConfigInvalid(`${file}: has more than ${mostBytes} bytes, too many for a ${what}; check its name`);
    }
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file));
  } catch (error) {
    if (error instanceof ConfigInvalid) throw error;
    if (error instanceof TypeError) throw new ConfigInvalid(`${file}: is not UTF-8 text; save the ${what} as UTF-8`);
    const reason = isCode(error, 'ENOENT')
      ? `there is no such file; create the ${what} or correct its name`
      : isCode(error, 'EACCES')
        ? `may not be read by this user; give it read access to the ${what}`
        : `cannot be read as ${what}`;
    throw new ConfigInvalid(`${file}: ${reason}`, { cause: error });
  }
}
