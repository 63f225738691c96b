import type { JobHandles } from './job-handles.ts';

/** Who may use a handle: of a session, and for the key of a result of one callback only. */
export interface JobOwner {
  readonly session: readonly string[];
  readonly output: string;
}

export const ownerOf = (kind: string, { session, output }: JobOwner): readonly string[] =>
  kind === 'cacheKey' ? ['cacheKey', ...session, output] : ['job', ...session];

const HANDLES = new Set(['cacheKey', 'job', 'oldJob', 'cancelJob']);
const MANY = new Set(['oldJob', 'cancelJob']);

/**
 * The query of a callback with the app's own handles in the place of ours.
 * @param query - with its `?`, or empty
 * @returns `null` where it has what no callback has, or a handle of somebody else
 */
export function openQuery(query: string, owner: JobOwner, handles: JobHandles): string | null {
  if (query === '' || query === '?') return '';
  const seen = new Set<string>();
  const parts: string[] = [];
  for (const pair of query.slice(1).split('&')) {
    const at = pair.indexOf('=');
    const name = at < 0 ? pair : pair.slice(0, at);
    if ((name !== 'endId' && !HANDLES.has(name)) || (seen.has(name) && !MANY.has(name))) return null;
    seen.add(name);
    const value = decode(pair.slice(at + 1));
    if (at < 0 || value === null) return null;
    const opened = name === 'endId' ? value : handles.open(value, ownerOf(name, owner));
    if (opened === null) return null;
    parts.push(`${name}=${encodeURIComponent(opened)}`);
  }
  return `?${parts.join('&')}`;
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
