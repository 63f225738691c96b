import { formatPath } from '../names.ts';
import { isKeyed } from '../prepare.ts';
import type { Translated } from './part.ts';

/** Keys whose values are no secret, and often not to the letter what was given. */
const SHOWN: ReadonlySet<unknown> = new Set([
  ...[
    'id',
    'type',
    'user_claim',
    'redirect_uri',
    'scope',
    'login_path',
    'logout_path',
    'identity',
    'guests',
    'lifetime',
  ],
]);

/** A line for it: what was set, and to what where that helps. A section that is still empty has none. */
export function sayTranslated({ path, value, place }: Translated): string[] {
  if (isKeyed(value) && Object.keys(value).length === 0) return [];
  const shown = SHOWN.has(path.at(-1)) ? `: ${Array.isArray(value) ? value.join(', ') : value}` : '';
  return [`${place} sets ${formatPath(path)}${shown}`];
}
