import { AndFilter, EqualityFilter, type Filter, FilterParser } from 'ldapts';

/** What a template's `{user}` and `{dn}` stand for. */
export interface FilterValues {
  readonly user?: string;
  readonly dn?: string;
}

/** A value that can be nothing but a value within a filter (RFC 4515 §3). */
export const escapeFilterValue = (value: string): string =>
  value.replace(/[\0()*\\]/g, (char) => `\\${char.charCodeAt(0).toString(16).padStart(2, '0')}`);

/** Puts values, escaped, in the places of a template; what a value itself says of places is text. */
export const fillFilter = (template: string, values: FilterValues): string =>
  template.replace(/\{(user|dn)\}/g, (_, name: keyof FilterValues) => escapeFilterValue(values[name] ?? ''));

/**
 * The template for whichever user: each comparison with `{user}` asks only that the attribute is there.
 * `(&(objectClass=person)(uid={user}))` is `(&(objectClass=person)(uid=*))`.
 */
export const anyUser = (template: string): string =>
  template.replace(/\(([\w-]+)[^()=]*=[^()]*\{user\}[^()]*\)/g, '($1=*)');

/** What forbids a template, or `null` where it is a good one. */
export function faultOfFilter(template: string): string | null {
  if (template.length > 2048) return 'is longer than 2048 characters; shorten it';
  if (!template.startsWith('(')) return 'is not a filter; write it in brackets, as (uid={user})';
  if (/\\[89a-f][0-9a-f]/i.test(template)) return 'has an escaped byte above 7f; write the character itself';
  if (anyUser(template).includes('{user}')) return 'has {user} elsewhere than in a value; write it as (uid={user})';
  // The parser takes a missing bracket at the end for one that is there.
  if (!isBalanced(template)) return NO_FILTER;
  try {
    FilterParser.parseString(fillFilter(template, { user: 'a', dn: 'cn=a' }));
    FilterParser.parseString(anyUser(fillFilter(template.replaceAll('{dn}', 'a'), { user: '{user}' })));
    return null;
  } catch {
    return NO_FILTER;
  }
}

const NO_FILTER = 'is not a filter (RFC 4515); check its brackets, and leave no blanks between them';

function isBalanced(template: string): boolean {
  let depth = 0;
  for (let at = 0; at < template.length; at++) {
    if (template[at] === '(') depth++;
    if (template[at] === ')') depth--;
    if (depth <= 0 && at < template.length - 1) return false;
  }
  return depth === 0;
}

export const parseFilter = (text: string): Filter => FilterParser.parseString(text);

/** Both must hold; `value` may be bytes. */
export const withAttribute = (attribute: string, value: string | Buffer, text: string): Filter =>
  new AndFilter({ filters: [new EqualityFilter({ attribute, value }), parseFilter(text)] });
