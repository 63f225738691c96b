import { chmodSync, closeSync, openSync, renameSync, rmSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { codeOf } from './database.ts';
import type { LiveSession } from './live-sessions.ts';
import type { LiveShelf } from './live-shelf.ts';

/** `dasl`: tells it from any other database (PRAGMA application_id). */
const APPLICATION = 0x6461736c;
const MOST_ROWS = 50_000;
/** Nothing about the file itself: it is locked, or the disk is read-only, failing, full or not there (primary codes of SQLite). */
const PASSING: ReadonlySet<number> = new Set([5, 6, 8, 10, 13, 14]);

const SCHEMA = `
  CREATE TABLE sessions (
    jti TEXT PRIMARY KEY, sub TEXT NOT NULL, user TEXT NOT NULL, began_sec INTEGER NOT NULL, ends_sec INTEGER NOT NULL,
    remembered INTEGER NOT NULL, used_sec INTEGER NOT NULL, address TEXT NOT NULL, browser TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX by_sub ON sessions (sub, used_sec);
  CREATE INDEX by_user ON sessions (user);
  PRAGMA application_id = ${APPLICATION};
  PRAGMA user_version = 1;
`;

/** The list of live sessions on disk. */
export interface LiveDatabase extends LiveShelf {
  write(sessions: readonly LiveSession[], purgeSec: number | null): boolean;
  of(sub: string, most: number): LiveSession[];
  ofUser(user: string, most: number): LiveSession[];
  drop(jti: string): void;
}

/**
 * Opens the list, or makes it with mode 600. A damaged one is moved aside, and its absence is told of; one that is locked is not.
 * @returns `null` where there can be none
 */
export function openLiveDatabase(file: string, warn: (line: string) => void): LiveDatabase | null {
  try {
    return open(file);
  } catch (error) {
    try {
      if (PASSING.has(codeOf(error))) throw error;
      renameSync(file, `${file}.damaged`);
      for (const more of ['-wal', '-shm']) rmSync(file + more, { force: true });
      const opened = open(file);
      warn(`${file}: is damaged and was moved aside; the list of sessions begins anew, and nobody is signed out`);
      return opened;
    } catch {
      warn(`${file}: cannot be opened; the list of sessions is kept in memory only. Make its folder writable`);
      return null;
    }
  }
}

function open(file: string): LiveDatabase {
  closeSync(openSync(file, 'a', 0o600));
  try {
    chmodSync(file, 0o600);
  } catch {
    // Another user's, or a file system without modes: it tells who is signed in, and is no way in.
  }
  const database = new DatabaseSync(file, { timeout: 2000, defensive: true });
  try {
    return ready(database);
  } catch (error) {
    database.close();
    throw error;
  }
}

function ready(database: DatabaseSync): LiveDatabase {
  // What a crash of the machine loses is a minute of a list.
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; BEGIN IMMEDIATE');
  const application = database.prepare('PRAGMA application_id').get()?.application_id;
  const tables = database.prepare('SELECT count(*) AS count FROM sqlite_schema').get()?.count;
  if (application === 0 && tables === 0) database.exec(SCHEMA);
  else if (application !== APPLICATION) throw new TypeError('it is another database');
  // A server may not stand still while another process writes: it comes back later.
  database.exec('COMMIT; PRAGMA busy_timeout = 0');
  const put = database.prepare(
    'INSERT INTO sessions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET used_sec = excluded.used_sec, ' +
      'address = excluded.address, browser = excluded.browser WHERE excluded.used_sec >= used_sec',
  );
  const statements = {
    all: database.prepare(
      'SELECT * FROM (SELECT * FROM sessions WHERE ends_sec > ? ORDER BY used_sec DESC LIMIT ?) ORDER BY used_sec',
    ),
    of: database.prepare('SELECT * FROM sessions WHERE sub = ? ORDER BY used_sec DESC LIMIT ?'),
    ofUser: database.prepare('SELECT * FROM sessions WHERE user = ? ORDER BY used_sec DESC LIMIT ?'),
    drop: database.prepare('DELETE FROM sessions WHERE jti = ?'),
    purge: database.prepare('DELETE FROM sessions WHERE ends_sec <= ?'),
    trim: database.prepare(
      'DELETE FROM sessions WHERE jti IN (SELECT jti FROM sessions ORDER BY used_sec DESC LIMIT -1 OFFSET ?)',
    ),
  };
  const rows = (statement: StatementSync, ...values: (string | number)[]): LiveSession[] => {
    try {
      return statement.all(...values).map(toSession);
    } catch {
      return [];
    }
  };
  const change = (task: () => void): boolean => {
    try {
      database.exec('BEGIN IMMEDIATE');
      task();
      database.exec('COMMIT');
      return true;
    } catch {
      if (database.isOpen && database.isTransaction) database.exec('ROLLBACK');
      return false;
    }
  };
  return {
    write: (sessions, purgeSec) =>
      change(() => {
        for (const { jti, sub, user, beganSec, endsSec, isRemembered, usedSec, address, browser } of sessions) {
          put.run(jti, sub, user, beganSec, endsSec, Number(isRemembered), usedSec, address, browser);
        }
        if (purgeSec === null) return;
        statements.purge.run(purgeSec);
        statements.trim.run(MOST_ROWS);
      }),
    read: (nowSec, most) => rows(statements.all, nowSec, most),
    of: (sub, most) => rows(statements.of, sub, most),
    ofUser: (user, most) => rows(statements.ofUser, user, most),
    drop: (jti) => void change(() => void statements.drop.run(jti)),
    close() {
      if (database.isOpen) database.close();
    },
  };
}

const toSession = (row: Record<string, unknown>): LiveSession => ({
  jti: String(row.jti),
  sub: String(row.sub),
  user: String(row.user),
  beganSec: Number(row.began_sec),
  endsSec: Number(row.ends_sec),
  isRemembered: row.remembered === 1,
  usedSec: Number(row.used_sec),
  address: String(row.address),
  browser: String(row.browser),
});
