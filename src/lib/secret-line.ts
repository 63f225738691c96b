import { ConfigInvalid } from '../errors.ts';
import { readText } from './read-text.ts';
import { checkPrivate } from './secret-file.ts';

/** A line of a file, not a book. */
const MOST_BYTES = 4096;

/**
 * What a file holds that is for one secret: all of its line, less a line end.
 * @param what - what the file is, as `password file`
 * @param held - what it is to hold, as `password`
 * @returns also a warning, where others may read it and that is not ours to change
 * @throws ConfigInvalid; no message repeats what the file holds
 */
export function readSecretLine(
  file: string,
  { what, held }: { readonly what: string; readonly held: 'secret' | 'password' },
): { readonly text: string; readonly warning: string | null } {
  const text = readText(file, what, MOST_BYTES).replace(/\r?\n$/, '');
  const warning = checkPrivate(file);
  if (text === '' || /\p{Cc}/u.test(text))
    throw new ConfigInvalid(`${file}: is not one line with a ${held}; write the ${held} and nothing else`);
  return { text, warning };
}
