import { faultOfUser } from './user-name.ts';

/** What forbids a canonical name in a file with a user a line, or `null` where it is a good one. */
export const faultOfLineUser = (user: string): string | null =>
  user.startsWith('#')
    ? 'a user name in this file cannot begin with "#", which makes the line a comment'
    : faultOfUser(user);

/** The line end that the text has, or is to have. */
export const lineEndOf = (text: string): string => (text.includes('\r\n') ? '\r\n' : '\n');
