/**
 * Writes a text so that any header can carry it: visible ASCII as it stands, everything else and `%` percent-encoded as
 * UTF-8 (RFC 3986 §2.1), which `decodeURIComponent` and its like undo. No line break, NUL or blank ever gets through.
 */
export const headerValue = (text: string): string => encode(text, OUTSIDE);

/** A list, its items parted by `,`; a comma within an item is encoded. */
export const headerList = (items: readonly string[]): string =>
  items.map((item) => encode(item, OUTSIDE_ITEM)).join(',');

/** The same for readers that decode nothing: a blank between others stays one. */
export const plainValue = (text: string): string => encode(text, OUTSIDE_PLAIN);

/** A list of such, its items parted by `,`. */
export const plainList = (items: readonly string[]): string =>
  items.map((item) => encode(item, OUTSIDE_PLAIN_ITEM)).join(',');

const OUTSIDE_PLAIN = /^ +| +$|[^\x20-\x24\x26-\x7e]+/g;
const OUTSIDE_PLAIN_ITEM = /^ +| +$|[^\x20-\x24\x26-\x2b\x2d-\x7e]+/g;
const OUTSIDE = /[^\x21-\x24\x26-\x7e]+/g;
const OUTSIDE_ITEM = /[^\x21-\x24\x26-\x2b\x2d-\x7e]+/g;

const encode = (text: string, outside: RegExp): string =>
  text.replace(outside, (run) => Buffer.from(run, 'utf8').toString('hex').toUpperCase().replace(/../g, '%$&'));
