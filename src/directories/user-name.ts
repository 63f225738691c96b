const LONGEST = 64;

/** Beyond this no spelling can come to a name of 64 code points, so the rest need not be looked at. */
const LONGEST_SPELLING = 512;

/**
 * The one spelling of a user name: Unicode NFC, lower case. Nothing is trimmed: a name with a space before it is another
 * name, and one that no file may hold.
 */
export const canonicalUser = (user: string): string =>
  user.slice(0, LONGEST_SPELLING).normalize('NFC').toLowerCase().normalize('NFC');

/**
 * What forbids a canonical name, or `null` where it is a good one. A colon would end it in Basic credentials (RFC 7617
 * §2) and in a `sub`; what cannot be seen would make two names look like one.
 */
export function faultOfUser(name: string): string | null {
  if (name === '') return 'a user name cannot be empty';
  if ([...name].length > LONGEST) return `a user name has at most ${LONGEST} characters`;
  if (name.includes(':')) return 'a user name cannot contain ":"';
  if (/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(name)) {
    return 'a user name cannot contain control or invisible characters';
  }
  if (name !== name.trim()) return 'a user name cannot begin or end with a space';
  return null;
}
