import type { Path } from './yaml-file.ts';

/** The one naming function: `session.lifetime` is `DASHGATE_SESSION_LIFETIME` and `--session.lifetime`. */
export function namesOf(path: readonly string[]): { key: string; env: string; flag: string } {
  const key = path.join('.');
  return { key, env: `${ENV_PREFIX}${key.toUpperCase().replaceAll('.', '_')}`, flag: key };
}

export const ENV_PREFIX = 'DASHGATE_';

/** What a cluster sets for a service that happens to be called dashgate: not meant for us. */
const SERVICE_LINK = /_(?:SERVICE_HOST|SERVICE_PORT(?:_.+)?|PORT(?:_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)?)$/;

export const isServiceLink = (variable: string): boolean => SERVICE_LINK.test(variable);

/** Writes a path as people do: `apps[0].upstream`. What could be personal or unreadable becomes `…`. */
export function formatPath(path: Path): string {
  return path
    .map((part, i) => (typeof part === 'number' ? `[${part}]` : `${i > 0 ? '.' : ''}${formatKey(part)}`))
    .join('');
}

export const formatKey = (key: string): string => (/^[A-Za-z0-9_.:-]{1,80}$/.test(key) ? key : '…');

/** The name that is most like a wrong one, whatever the case, or `null` where none is near. */
export function nearest(wrong: string, names: readonly string[]): string | null {
  const scored = names.map((name) => ({ name, distance: distance(wrong.toLowerCase(), name.toLowerCase()) }));
  const best = scored.sort((a, b) => a.distance - b.distance)[0];
  return best && best.distance <= Math.max(2, wrong.length / 3) ? best.name : null;
}

/** Insertions, deletions and replacements between two words, each word cut at 80 characters. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: Math.min(b.length, 80) + 1 }, (_, i) => i);
  for (const [i, letter] of [...a.slice(0, 80)].entries()) {
    const next = [i + 1];
    for (let j = 1; j < row.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (b[j - 1] === letter ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, replaced));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
