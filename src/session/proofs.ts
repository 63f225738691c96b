import { createHmac } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';

/** Enough that no two proofs have one mark. */
const MARK_BYTES = 8;

type Proof = readonly [sub: string, proof: string];

/** What subjects prove themselves by, as an HMAC under a key of the database. */
export interface Proofs {
  /**
   * Compares all proofs of a source with what was noted of it.
   * @returns whose proof is another, or who is gone; and what notes the new ones
   */
  compare(source: string, proofs: Iterable<Proof>): { differing: readonly string[]; write: () => void };
}

export function createProofs(database: DatabaseSync): Proofs {
  const key = database.prepare("SELECT value FROM secrets WHERE key = 'proofs'").get()?.value;
  if (!(key instanceof Uint8Array)) throw new TypeError('the database has no key for proofs');
  const markOf = ([sub, proof]: Proof): Buffer =>
    createHmac('sha256', key)
      .update(`${Buffer.byteLength(sub)}:${sub}${proof}`)
      .digest()
      .subarray(0, MARK_BYTES);
  /** As noted by this process, by source: nobody else's need be read, and no HMAC made of what is the same. */
  const noted = new Map<string, ReadonlyMap<string, string>>();

  const write = (gone: readonly string[], fresh: readonly Proof[]): void => {
    if (gone.length + fresh.length === 0) return;
    const remove = database.prepare('DELETE FROM proofs WHERE sub = ?');
    const put = database.prepare('INSERT INTO proofs VALUES (?, ?) ON CONFLICT DO UPDATE SET mark = excluded.mark');
    database.exec('BEGIN IMMEDIATE');
    try {
      for (const sub of gone) remove.run(sub);
      for (const proof of fresh) put.run(proof[0], markOf(proof));
      database.exec('COMMIT');
    } catch (error) {
      if (database.isTransaction) database.exec('ROLLBACK');
      throw error;
    }
  };

  return {
    compare(source, proofs) {
      const now = new Map(proofs);
      const own = noted.get(source);
      const marks = own ? null : readMarks(database, source);
      const isNoted = (sub: string): boolean => (own ?? marks)?.has(sub) ?? false;
      const isSame = ([sub, proof]: Proof): boolean =>
        own ? own.get(sub) === proof : (marks?.get(sub)?.equals(markOf([sub, proof])) ?? false);
      const fresh = [...now].filter((proof) => !isSame(proof));
      const gone = [...((own ?? marks)?.keys() ?? [])].filter((sub) => !now.has(sub));
      return {
        differing: [...fresh.map(([sub]) => sub).filter(isNoted), ...gone],
        write() {
          write(gone, fresh);
          noted.set(source, now);
        },
      };
    },
  };
}

/** From `file:` to before `file;`, which is the next character. */
function readMarks(database: DatabaseSync, source: string): ReadonlyMap<string, Buffer> {
  const rows = database
    .prepare('SELECT sub, mark FROM proofs WHERE sub >= ? AND sub < ?')
    .all(`${source}:`, `${source};`);
  return new Map(
    rows.map(({ sub, mark }) => [String(sub), mark instanceof Uint8Array ? Buffer.from(mark) : Buffer.alloc(0)]),
  );
}
