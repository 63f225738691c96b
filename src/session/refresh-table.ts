import type { DatabaseSync } from 'node:sqlite';
import { StoreUnavailable } from '../errors.ts';
import type { Clock } from '../lib/clock.ts';
import type { RefreshShelf } from './refresh-shelf.ts';

/** More sessions than this ask nobody: those that end first sign in again. */
const MOST_ROWS = 50_000;

export interface RefreshTable extends RefreshShelf {
  /** Drops what ended before, and what is too many. Within a transaction. */
  purge(nowSec: number): void;
}

/** @param write - one transaction on the disk. Throws StoreUnavailable. */
export function createRefreshTable(
  database: DatabaseSync,
  write: (task: () => void) => void,
  clock: Clock,
): RefreshTable {
  const statements = {
    put: database.prepare('INSERT OR REPLACE INTO refresh_texts VALUES (?, ?, ?, 0)'),
    read: database.prepare('SELECT text FROM refresh_texts WHERE jti = ?'),
    replace: database.prepare('UPDATE refresh_texts SET text = ? WHERE jti = ?'),
    remove: database.prepare('DELETE FROM refresh_texts WHERE jti = ?'),
    purge: database.prepare('DELETE FROM refresh_texts WHERE until_sec < ?'),
    trim: database.prepare(
      'DELETE FROM refresh_texts WHERE jti IN (SELECT jti FROM refresh_texts ORDER BY until_sec DESC LIMIT -1 OFFSET ?)',
    ),
    turn: database.prepare('UPDATE refresh_texts SET turn_ms = ? WHERE jti = ? AND turn_ms <= ?'),
    endTurn: database.prepare('UPDATE refresh_texts SET turn_ms = 0 WHERE jti = ? AND turn_ms = ?'),
  };
  const read = (jti: string): string | null => {
    try {
      const text = statements.read.get(jti)?.text;
      return typeof text === 'string' ? text : null;
    } catch (error) {
      throw new StoreUnavailable('the session store cannot be read', { cause: error });
    }
  };
  const changed = (task: () => number | bigint): boolean => {
    let rows: number | bigint = 0;
    write(() => {
      rows = task();
    });
    return Number(rows) > 0;
  };
  return {
    purge(nowSec) {
      statements.purge.run(nowSec);
      statements.trim.run(MOST_ROWS);
    },
    async put(jti, text, untilSec) {
      write(() => void statements.put.run(jti, text, untilSec));
    },
    read: async (jti) => read(jti),
    replace: async (jti, text) => changed(() => statements.replace.run(text, jti).changes),
    async take(jti) {
      // Most sessions have none: nothing is written for those.
      const text = read(jti);
      return text !== null && changed(() => statements.remove.run(jti).changes) ? text : null;
    },
    async turn(jti, forMs) {
      const nowMs = clock.nowMs();
      const untilMs = nowMs + forMs;
      if (!changed(() => statements.turn.run(untilMs, jti, nowMs).changes)) return null;
      return async () => void changed(() => statements.endTurn.run(jti, untilMs).changes);
    },
  };
}
