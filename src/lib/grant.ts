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
