import { Refused, text } from './values.ts';

const LONGEST = 64;
/** Lower case, and nothing that a path may have percent-encoded and still have one reading: so it has one spelling. */
const PLAIN = /^(?:\/(?!\.{1,2}(?:\/|$))[a-z0-9._~-]+)+$/;

/** Where dashgate's own pages are: a slash, and plain segments. Given back without a slash at its end. */
export const ownPrefix = text('path', (given): string | Refused => {
  const prefix = given.replace(/(?<=.)\/$/, '');
  if (prefix === '/' || prefix === '')
    return new Refused('would leave no path to the dashboards; write a path of its own, as /_dashgate');
  return PLAIN.test(prefix) && prefix.length <= LONGEST
    ? prefix
    : new Refused('is not a plain path; write lower-case letters, digits, - . _ and ~ between slashes, as /_dashgate');
});
