import { createHmac } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';

/** Enough that no two proofs have one mark, and too little to tell a guessed password from others that fit. */
const MARK_BYTES = 8;

/**
 * Compares what the subjects of a source prove themselves by with what was noted of it, which is an HMAC under a key of this
 * database.
 * @returns whose proof is another, or who is gone; and what notes the new ones
 */
export function compareProofs(
  database: DatabaseSync,
  source: string,
  proofs: Iterable<readonly [sub: string, proof: string]>,
): { differing: readonly string[]; write: () => void } {
  const key = database.prepare("SELECT value FROM secrets WHERE key = 'proofs'").get()?.value;
  if (!(key instanceof Uint8Array)) throw new TypeError('the database has no key for proofs');
  const mark = (sub: string, proof: string): Buffer =>
    createHmac('sha256', key)
      .update(`${Buffer.byteLength(sub)}:${sub}${proof}`)
      .digest()
      .subarray(0, MARK_BYTES);

  // From `file:` to before `file;`, which is the next character.
  const noted = new Map(
    database
      .prepare('SELECT sub, mark FROM proofs WHERE sub >= ? AND sub < ?')
      .all(`${source}:`, `${source};`)
      .map(({ sub, mark }) => [String(sub), mark instanceof Uint8Array ? mark : new Uint8Array()]),
  );
  const differing: string[] = [];
  const fresh: [string, Buffer][] = [];
  for (const [sub, proof] of proofs) {
    const now = mark(sub, proof);
    const before = noted.get(sub);
    noted.delete(sub);
    if (before && now.equals(before)) continue;
    fresh.push([sub, now]);
    if (before) differing.push(sub);
  }
  const gone = [...noted.keys()];
  return {
    differing: [...differing, ...gone],
    write() {
      if (fresh.length + gone.length === 0) return;
      const remove = database.prepare('DELETE FROM proofs WHERE sub = ?');
      const put = database.prepare('INSERT INTO proofs VALUES (?, ?) ON CONFLICT DO UPDATE SET mark = excluded.mark');
      database.exec('BEGIN IMMEDIATE');
      try {
        for (const sub of gone) remove.run(sub);
        for (const [sub, now] of fresh) put.run(sub, now);
        database.exec('COMMIT');
      } catch (error) {
        if (database.isTransaction) database.exec('ROLLBACK');
        throw error;
      }
    },
  };
}
