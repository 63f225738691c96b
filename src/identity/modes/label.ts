import { LABEL_MODES, type LabelMode } from '../../config/schema/credentials.ts';
import type { Person } from '../../directories/directory.ts';
import { canonicalUser, faultOfUser } from '../../directories/user-name.ts';

/**
 * An identity that is only a name somebody gave, or none at all: `label:auth-none`, `label:auth-user:mica`. No directory can
 * have this source, so it is never a user, whoever has the same name.
 */
const SOURCE = 'label';

export const isLabel = ({ sub }: { readonly sub: string }): boolean => sub.startsWith(`${SOURCE}:`);

/** The `sub` that all share who come by a mode, or, where these have names, the beginning of each. */
export const subOfMode = (mode: LabelMode): string => `${SOURCE}:${mode}`;

/** Who comes by the shared password: one name for all of them, also where attempts are counted. */
export const SHARED = subOfMode('auth-pass');

/** The mode that a `sub` of ours came by; `null` where it is none of ours. */
export const modeOfLabel = (sub: string): LabelMode | null =>
  LABEL_MODES.find((mode) => sub === subOfMode(mode) || sub.startsWith(`${subOfMode(mode)}:`)) ?? null;

const label = (sub: string, name: string): Person =>
  // The whole `sub` in place of a user name: whatever looks for a user of that name finds nobody, as no name has a colon.
  Object.freeze({ sub, user: sub, name, email: '', groups: [], allowedResources: [] });

const NAMELESS = new Map<string, Person>(
  LABEL_MODES.filter((mode) => mode !== 'auth-user').map((mode) => [subOfMode(mode), label(subOfMode(mode), 'Guest')]),
);

export const nameless = (mode: Exclude<LabelMode, 'auth-user'>): Person =>
  NAMELESS.get(subOfMode(mode)) ?? label(subOfMode(mode), 'Guest');

/** @returns what somebody calls themselves, or `null` where that is no name */
export function named(typed: string): Person | null {
  const name = canonicalUser(typed);
  return faultOfUser(name) === null ? label(`${subOfMode('auth-user')}:${name}`, `${name} (not verified)`) : null;
}

/** The label behind a `sub`, if it is one that we would write. */
export function labelOf(sub: string): Person | null {
  const known = NAMELESS.get(sub);
  if (known) return known;
  const start = `${subOfMode('auth-user')}:`;
  const found = sub.startsWith(start) ? named(sub.slice(start.length)) : null;
  return found?.sub === sub ? found : null;
}
