import type { PersonalToken } from './token-shelf.ts';

/** What of a token never changes, as one text. */
export const writeToken = ({ hash, sub, name, scope, madeSec, endsSec, about }: PersonalToken): string =>
  JSON.stringify({ hash, sub, name, scope, madeSec, endsSec, about });

/** @returns `null` for what {@link writeToken} would not write: another version did, or whoever can write to the store */
export function readToken(id: string, text: unknown, usedSec: number): PersonalToken | null {
  if (typeof text !== 'string') return null;
  try {
    const read: unknown = JSON.parse(text);
    if (typeof read !== 'object' || read === null) return null;
    const { hash, sub, name, scope, madeSec, endsSec, about }: Record<string, unknown> = { ...read };
    if (typeof hash !== 'string' || typeof sub !== 'string' || typeof name !== 'string') return null;
    if (typeof madeSec !== 'number' || typeof endsSec !== 'number' || !hash.startsWith(id)) return null;
    if (about !== undefined && typeof about !== 'string') return null;
    if (!isScope(scope)) return null;
    return { id, hash, sub, name, scope, madeSec, endsSec, usedSec, ...(about !== undefined && { about }) };
  } catch {
    return null;
  }
}

const isScope = (scope: unknown): scope is readonly string[] | null =>
  scope === null || (Array.isArray(scope) && scope.every((grant) => typeof grant === 'string'));
