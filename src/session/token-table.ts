import type { DatabaseSync } from 'node:sqlite';
import { StoreUnavailable } from '../errors.ts';
import { type Clock, nowSec } from '../lib/clock.ts';
import { MOST_TOKENS, newestFirst, type PersonalToken, type TokenShelf } from './token-shelf.ts';
import { readToken, writeToken } from './token-text.ts';

export interface TokenTable extends TokenShelf {
  /** Drops what ended before. Within a transaction. */
  purge(nowSec: number): void;
}

/** @param write - one transaction on the disk. Throws StoreUnavailable. */
export function createTokenTable(database: DatabaseSync, write: (task: () => void) => void, clock: Clock): TokenTable {
  const statements = {
    counts: database.prepare(
      'SELECT count(*) AS tokens, count(*) FILTER (WHERE sub = ?) AS theirs FROM personal_tokens WHERE ends_sec > ?',
    ),
    put: database.prepare('INSERT INTO personal_tokens VALUES (?, ?, ?, 0, ?) ON CONFLICT DO NOTHING'),
    find: database.prepare('SELECT id, text, used_sec FROM personal_tokens WHERE id = ?'),
    of: database.prepare('SELECT id, text, used_sec FROM personal_tokens WHERE sub = ? AND ends_sec > ?'),
    remove: database.prepare('DELETE FROM personal_tokens WHERE id = ?'),
    used: database.prepare('UPDATE personal_tokens SET used_sec = max(used_sec, ?) WHERE id = ?'),
    purge: database.prepare('DELETE FROM personal_tokens WHERE ends_sec < ?'),
  };
  const reading = <T>(task: () => T): T => {
    try {
      return task();
    } catch (error) {
      throw new StoreUnavailable('the session store cannot be read', { cause: error });
    }
  };
  const tokenIn = (row: Record<string, unknown> | undefined): PersonalToken | null =>
    row ? readToken(String(row.id), row.text, Number(row.used_sec)) : null;
  return {
    purge: (sec) => void statements.purge.run(sec),
    async put(token, most) {
      const { id, sub, endsSec } = token;
      let isPut = false;
      write(() => {
        const { tokens, theirs } = statements.counts.get(sub, nowSec(clock)) ?? {};
        if (Number(tokens) >= MOST_TOKENS || Number(theirs) >= most) return;
        isPut = statements.put.run(id, sub, endsSec, writeToken(token)).changes === 1;
      });
      return isPut;
    },
    find: async (id) => reading(() => tokenIn(statements.find.get(id))),
    async of(sub) {
      const rows = reading(() => statements.of.all(sub, nowSec(clock)));
      return newestFirst(rows.map(tokenIn).filter((token) => token !== null));
    },
    async remove({ id }) {
      write(() => void statements.remove.run(id));
    },
    async used(id, atSec) {
      write(() => void statements.used.run(atSec, id));
    },
  };
}
