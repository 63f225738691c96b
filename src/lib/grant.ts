/**
 * Names that may be granted. `marketing` is that name in every app, `app/marketing` only in that app;
 * `_all_` is everything, `app/_all_` everything of an app. Compared lower-cased.
 */
export const NAME = /^[a-z0-9_.-]{1,64}$/;

/** Everything there is, or, behind `app/`, everything of one app. */
export const ALL = '_all_';

/** @returns the grant in its canonical spelling, or `null` where it is not one */
export function parseGrant(text: string): string | null {
  const parts = text.toLowerCase().split('/');
  return parts.length <= 2 && parts.every((part) => NAME.test(part)) ? parts.join('/') : null;
}

/** What two grants have in common; `null`: nothing. Both canonical. */
function common(a: string, b: string): string | null {
  if (a === ALL || a === b) return b;
  if (b === ALL) return a;
  const [inApp, other] = a.includes('/') ? [a, b] : [b, a];
  const [app = '', name = ''] = inApp.split('/');
  if (!inApp.includes('/')) return null;
  const [otherApp, otherName = other] = other.includes('/') ? other.split('/') : [app, other];
  if (otherApp !== app) return null;
  if (name === ALL) return `${app}/${otherName}`;
  return otherName === ALL || otherName === name ? inApp : null;
}

/** The grants that cover what both lists cover, each once. */
export function meet(these: readonly string[], those: readonly string[]): string[] {
  return [...new Set(these.flatMap((a) => those.flatMap((b) => common(a, b) ?? [])))].sort();
}
