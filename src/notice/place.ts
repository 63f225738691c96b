import type { Place } from '../proxy/insertion.ts';

const NOWHERE: Place = { kind: 'nowhere' };
const LATER: Place = { kind: 'later' };

/** In front of it: a comment, the doctype, and the tags that the head begins with (WHATWG HTML §13.2.6.4.1 to .4). */
const SKIPPED =
  /^(?:<!--(?:>|->|[\s\S]*?(?:--!?>))|<!(?!--)[^>]*>|<(?:html|head)(?=[\s/>])(?:[^"'>]|"[^"]*"|'[^']*')*>|\s+)/i;
/** What may yet become one of these. */
const BEGUN = /^<(?:!|$|(?:h(?:t(?:m(?:l(?:[\s/][\s\S]*)?)?)?|e(?:a(?:d(?:[\s/][\s\S]*)?)?)?)?)$)/i;

/**
 * Finds the place behind `<head>`, where the page writes one, else where a browser would begin it by itself: before anything else
 * but the doctype, comments and `<html>`. So the script runs before any other, and before a policy that the page has in a
 * `<meta>`; the doctype stays first.
 * @param text - the first part of the page, a character a byte
 * @param isWhole - nothing more is to come
 */
export function findPlace(text: string, isWhole: boolean): Place {
  // UTF-16 is what a browser would take it for, whatever was said.
  if (/^(?:\xfe\xff|\xff\xfe)/.test(text)) return NOWHERE;
  let index = text.startsWith('\xef\xbb\xbf') ? 3 : 0;
  for (;;) {
    const rest = text.slice(index);
    const skipped = SKIPPED.exec(rest)?.[0];
    if (skipped === undefined) {
      if (!isWhole && (rest === '' || BEGUN.test(rest))) return LATER;
      return rest === '' ? NOWHERE : { kind: 'at', index };
    }
    index += skipped.length;
    if (/^<head/i.test(skipped)) return { kind: 'at', index };
  }
}
