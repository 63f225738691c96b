/** First the ones that also call themselves by a later name (MDN, "Browser detection using the user agent string"). */
const BROWSERS: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/\b(?:Edg|EdgA|EdgiOS)\//, 'Edge'],
  [/\b(?:OPR|OPiOS)\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\b(?:Firefox|FxiOS)\//, 'Firefox'],
  [/\b(?:Chrome|HeadlessChrome|CriOS)\//, 'Chrome'],
  [/\bVersion\/[\d.]+ (?:Mobile\/\w+ )?Safari\//, 'Safari'],
];
const SYSTEMS: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bMac OS X\b|\bMacintosh\b/, 'macOS'],
  [/\bLinux\b/, 'Linux'],
];
const LONGEST_LOOKED_AT = 512;
const UNKNOWN = 'Unknown program';

/**
 * What a person would call the sender of a `User-Agent` (RFC 9110 §10.1.5): `Firefox on Linux`, or the first product of a
 * program. At most 40 characters of visible ASCII, whatever was sent. It is a hint for people, and proves nothing.
 */
export function browserName(userAgent: string | undefined): string {
  const text = (userAgent ?? '').slice(0, LONGEST_LOOKED_AT);
  const find = (list: typeof BROWSERS): string | undefined => list.find(([pattern]) => pattern.test(text))?.[1];
  const browser = find(BROWSERS);
  if (browser === undefined) return /^[\w.+-]{1,40}/.exec(text)?.[0] ?? UNKNOWN;
  const system = find(SYSTEMS);
  return system === undefined ? browser : `${browser} on ${system}`;
}
