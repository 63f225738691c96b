/**
 * A Cookie header without some of its cookies, what stays byte for byte as it was (RFC 6265 §4.2.1). A pair without `=` is
 * judged by the whole of it, for servers differ on whether that is a name or a value.
 * @returns the empty string where nothing is left
 */
export function withoutCookies(header: string, isOurs: (name: string) => boolean): string {
  return withoutPairs(header, (pair) => isOurs(nameOf(pair)));
}

function withoutPairs(header: string, isOut: (pair: string) => boolean): string {
  const pairs = header.split(';');
  const kept = pairs.filter((pair) => !isOut(pair));
  if (kept.length === pairs.length) return header;
  return kept.join(';').replace(/^[ \t;]+/, '');
}

export interface Cookie {
  readonly name: string;
  readonly value: string;
}

/** The cookies of a Cookie header in its order, two of one name too. A pair without `=` is a name without a value. */
export function* cookiesIn(header: string | undefined): Generator<Cookie> {
  for (const pair of header?.split(';') ?? []) {
    const at = pair.indexOf('=');
    yield at < 0
      ? { name: pair.trim(), value: '' }
      : { name: pair.slice(0, at).trim(), value: pair.slice(at + 1).trim() };
  }
}

/**
 * The name under which a browser would keep a Set-Cookie and send it back (RFC 6265bis §5.6). One without a name is sent
 * back as its bare value: `=dashgate=x` returns as `dashgate=x`, so that value is what is looked at.
 */
export const nameOfSetCookie = (header: string): string =>
  nameOf((header.split(';', 1)[0] ?? '').replace(/^[\s=]+/, ''));

/**
 * A Cookie header without each pair in which some server might read one of these names, whatever it makes of a header: Python's
 * SimpleCookie parts cookies at blanks too and older readers at commas, PHP takes `a.b` and `a[x]` for `a_b` and `a`, some decode
 * names, and some know no case. What a browser was never sent it has no reason to say, so a pair too many is no loss.
 */
export function withoutSpellings(header: string, names: readonly string[]): string {
  if (names.length === 0 || header === '') return header;
  const taken = new Set(names.map(bareName));
  return withoutPairs(header, (pair) =>
    decoded(pair)
      .split(/[\s,=]+/)
      .some((part) => taken.has(bareName(part))),
  );
}

/** Whether a Set-Cookie is for one of these names, in whatever spelling. */
export const setsSpelling = (setCookie: string, names: readonly string[]): boolean => {
  const name = bareName(nameOfSetCookie(setCookie));
  return names.some((each) => bareName(each) === name);
};

/** What is left of a name when all is gone that some server takes for another spelling. */
const bareName = (name: string): string =>
  (decoded(name).split('[', 1)[0] ?? '').toLowerCase().replace(/[^a-z0-9]/g, '');

const decoded = (text: string): string =>
  text.replace(/%([0-9a-f]{2})/gi, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

const nameOf = (pair: string): string => (pair.split('=', 1)[0] ?? '').trim();
