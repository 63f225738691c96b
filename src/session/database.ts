import { randomBytes } from 'node:crypto';
import { chmodSync, closeSync, openSync, readSync, renameSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { ConfigInvalid } from '../errors.ts';

/** `dash`: tells our database from any other (PRAGMA application_id). */
const APPLICATION = 0x64617368;
const VERSION = 5;

const SCHEMA = `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE revoked_sessions (jti TEXT PRIMARY KEY, until_sec INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE revoked_subjects (sub TEXT PRIMARY KEY, at_sec INTEGER NOT NULL, until_sec INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  PRAGMA application_id = ${APPLICATION};
  PRAGMA user_version = 1;
`;

/** What came with version 2, over version 1. */
const SINCE_2 = `
  CREATE TABLE secrets (key TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE proofs (sub TEXT PRIMARY KEY, mark BLOB NOT NULL) STRICT, WITHOUT ROWID;
  PRAGMA user_version = 2;
`;

/** What came with version 3, over version 2. */
const SINCE_3 = `
  CREATE TABLE used_ids (id TEXT PRIMARY KEY, until_sec INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  PRAGMA user_version = 3;
`;

/** What came with version 4, over version 3: what sessions ask their providers by, sealed, and until when one has the turn. */
const SINCE_4 = `
  CREATE TABLE refresh_texts (
    jti TEXT PRIMARY KEY, text TEXT NOT NULL, until_sec INTEGER NOT NULL, turn_ms INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  PRAGMA user_version = 4;
`;

/** What came with version 5, over version 4: the tokens that people made for their programs. */
const SINCE_5 = `
  CREATE TABLE personal_tokens (
    id TEXT PRIMARY KEY, sub TEXT NOT NULL, ends_sec INTEGER NOT NULL, used_sec INTEGER NOT NULL, text TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX personal_tokens_of ON personal_tokens (sub);
  PRAGMA user_version = ${VERSION};
`;

/** A start may wait for another process; a running server may not, as it stands still while it waits. */
const WAIT_AT_OPEN_MS = 5_000;
const WAIT_MS = 250;

export interface OpenDatabase {
  readonly database: DatabaseSync;
  /** When the database was made: what was ended before that, it cannot know. */
  readonly knownSinceSec: number;
}

/**
 * Opens the embedded database, or makes it with mode 600. What was written is on the disk when a transaction is over (WAL,
 * synchronous=FULL).
 * @param onDamaged - told where a damaged one was moved aside and a new one made, which knows of no end before; absent: it is refused
 * @throws ConfigInvalid where it cannot be used
 */
export function openDatabase(file: string, nowSec: number, onDamaged?: (line: string) => void): OpenDatabase {
  try {
    return open(file, nowSec);
  } catch (error) {
    if (!onDamaged || !isDamaged(error) || !mayMove(file)) throw toOurs(file, error);
  }
  try {
    renameSync(file, `${file}.damaged`);
    for (const more of ['-wal', '-shm']) rmSync(file + more, { force: true });
    const opened = open(file, nowSec);
    onDamaged(
      `${file}: is damaged and was moved to ${file}.damaged; which sessions were ended is lost, so everybody signs in again`,
    );
    return opened;
  } catch (error) {
    throw toOurs(file, error);
  }
}

function open(file: string, nowSec: number): OpenDatabase {
  createPrivate(file);
  const database = new DatabaseSync(file, { timeout: WAIT_AT_OPEN_MS, defensive: true });
  try {
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; BEGIN IMMEDIATE');
    readyTables(database, file, nowSec);
    const knownSinceSec = readNumber(database, "SELECT value FROM meta WHERE key = 'known_since_sec'");
    database.exec(`COMMIT; PRAGMA busy_timeout = ${WAIT_MS}`);
    return { database, knownSinceSec };
  } catch (error) {
    database.close();
    throw error;
  }
}

/** It opens, and does not hold together. */
class Damaged extends Error {}

const isDamaged = (error: unknown): boolean => error instanceof Damaged || [11, 26].includes(codeOf(error));

/** Not what somebody wrote by hand and named by mistake: text is left where it is. */
function mayMove(file: string): boolean {
  const head = Buffer.alloc(16);
  const descriptor = openSync(file, 'r');
  try {
    readSync(descriptor, head, 0, head.length, 0);
  } finally {
    closeSync(descriptor);
  }
  const text = head.toString('latin1');
  return text.startsWith('SQLite format 3') || /[^\t\n\r\x20-\x7e]/.test(text);
}

function toOurs(file: string, error: unknown): ConfigInvalid {
  if (error instanceof ConfigInvalid) return error;
  return new ConfigInvalid(`${file}: ${adviceOn(error)}`, { cause: error });
}

/** SQLite gives its other files the mode of the first. */
function createPrivate(file: string): void {
  closeSync(openSync(file, 'a', 0o600));
  try {
    chmodSync(file, 0o600);
  } catch {
    // Another user's, or a file system without modes: whoever reads it learns who has which session, and no way into one.
  }
}

function readyTables(database: DatabaseSync, file: string, nowSec: number): void {
  const application = readNumber(database, 'PRAGMA application_id');
  const version = readNumber(database, 'PRAGMA user_version');
  const tables = readNumber(database, 'SELECT count(*) FROM sqlite_schema');
  if (application === 0 && version === 0 && tables === 0) {
    database.exec(SCHEMA);
    database.prepare("INSERT INTO meta VALUES ('known_since_sec', ?)").run(nowSec);
    upgrade(database, 1);
    return;
  }
  if (application !== APPLICATION) {
    throw new ConfigInvalid(`${file}: is the database of another program; name another state folder`);
  }
  if (version < 1 || version > VERSION) {
    throw new ConfigInvalid(
      `${file}: was written by another version of dashgate (schema ${version}, this one knows ${VERSION}); run that one, or ${MOVE_AWAY}`,
    );
  }
  const check = database.prepare('PRAGMA quick_check(1)').get();
  if (check?.quick_check !== 'ok') throw new Damaged();
  upgrade(database, version);
  // Made while the clock was ahead: nobody's session would count until then.
  database.prepare("UPDATE meta SET value = min(value, ?) WHERE key = 'known_since_sec'").run(nowSec);
}

function upgrade(database: DatabaseSync, from: number): void {
  if (from < 2) {
    database.exec(SINCE_2);
    database.prepare("INSERT INTO secrets VALUES ('proofs', ?)").run(randomBytes(32));
  }
  if (from < 3) database.exec(SINCE_3);
  if (from < 4) database.exec(SINCE_4);
  if (from < 5) database.exec(SINCE_5);
}

const MOVE_AWAY = 'move it away: a new one is made, and everybody signs in again';

function readNumber(database: DatabaseSync, sql: string): number {
  const value = Object.values(database.prepare(sql).get() ?? {})[0];
  if (typeof value !== 'number') throw new Error(`no number for: ${sql}`);
  return value;
}

/** Primary result codes of SQLite (https://sqlite.org/rescode.html). */
function adviceOn(error: unknown): string {
  if (error instanceof Damaged) return `is damaged; ${MOVE_AWAY}`;
  const code = codeOf(error);
  if (code === 5 || code === 6) return 'is locked by another process; end that one first';
  if (code === 8) return 'is read-only; make it and its folder writable for this user';
  if (code === 11 || code === 26) return `is damaged, or no database; ${MOVE_AWAY}`;
  if (code === 13) return 'cannot be written, the disk is full; make room';
  if (code === 0 || code === 14) return 'cannot be opened; make its folder, writable for this user';
  return `cannot be used; ${MOVE_AWAY}`;
}

/** The primary result code of SQLite; 0: it is none of its errors. */
export const codeOf = (error: unknown): number =>
  error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode & 0xff : 0;
