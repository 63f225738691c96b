import { statSync } from 'node:fs';
import { ConfigInvalid, StoreUnavailable } from '../errors.ts';
import { type Clock, nowSec } from '../lib/clock.ts';
import { openDatabase } from './database.ts';
import { createProofs } from './proofs.ts';
import { createRefreshTable } from './refresh-table.ts';
import { createRevocations, SLACK_SEC, SUBJECT_KEPT_SEC, type SubjectEnd } from './revocations.ts';
import type { SessionStore } from './store.ts';
import { createTokenTable } from './token-table.ts';
import { USED_KEPT_SEC } from './used-ids.ts';

const PURGE_EVERY_SEC = 600;
/** On the disk an end is kept for so long beyond its own: further ahead than a clock is wrong until it is put back. */
const KEPT_SEC = 86_400;

export interface SqliteStoreOptions {
  readonly file: string;
  readonly clock: Clock;
  /** How often it looks for what another process wrote, in milliseconds. */
  readonly lookEveryMs?: number;
  /** Told where a damaged database was moved aside, which is refused without it. */
  readonly onDamaged?: ((line: string) => void) | undefined;
}

/**
 * Keeps ended sessions in an embedded database, and all of them in memory: an end counts at once, and goes on counting here
 * when it could not be written, which is tried again. Sessions that began before the database was made are refused, so a
 * lost one brings nobody back. Throws ConfigInvalid where the database cannot be used.
 */
export function createSqliteStore({ file, clock, lookEveryMs = 500, onDamaged }: SqliteStoreOptions): SessionStore {
  const { database, knownSinceSec } = openDatabase(file, nowSec(clock), onDamaged);
  const { dev, ino } = statSync(file);
  const revocations = createRevocations(knownSinceSec);
  const noted = createProofs(database);
  const unsavedSessions = new Map<string, number>();
  const unsavedSubjects = new Map<string, SubjectEnd>();
  const statements = {
    session: database.prepare(
      'INSERT INTO revoked_sessions VALUES (?, ?) ON CONFLICT DO UPDATE SET until_sec = max(until_sec, excluded.until_sec)',
    ),
    subject: database.prepare(
      'INSERT INTO revoked_subjects VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET ' +
        'at_sec = max(at_sec, excluded.at_sec), until_sec = max(until_sec, excluded.until_sec)',
    ),
    sessions: database.prepare('SELECT jti, until_sec FROM revoked_sessions'),
    subjects: database.prepare('SELECT sub, at_sec, until_sec FROM revoked_subjects'),
    once: database.prepare('INSERT INTO used_ids VALUES (?, ?) ON CONFLICT DO NOTHING'),
    dataVersion: database.prepare('PRAGMA data_version'),
  };
  let purgedSec = 0;
  let seenVersion: unknown;

  /** Whether others find the file that is in use here; else their ends are not heard of. */
  let isFound = true;
  const isSameFile = (): boolean => {
    const found = statSync(file, { throwIfNoEntry: false });
    return found?.dev === dev && found.ino === ino;
  };

  const purge = (): void => {
    const now = nowSec(clock);
    if (now - purgedSec < PURGE_EVERY_SEC) return;
    purgedSec = now;
    for (const table of ['revoked_sessions', 'revoked_subjects']) {
      database.prepare(`DELETE FROM ${table} WHERE until_sec < ?`).run(now - KEPT_SEC);
    }
    refresh.purge(now);
    tokens.purge(now);
    database.prepare('DELETE FROM used_ids WHERE until_sec < ?').run(now - USED_KEPT_SEC);
    revocations.purge(now);
  };

  /** One transaction on the disk. Throws StoreUnavailable: then nothing of it was done. */
  const write = (task: () => void): void => {
    try {
      if (!database.isOpen) throw new Error('it is closed');
      if (!isSameFile()) throw new Error('it was moved or removed while in use; restart dashgate');
      database.exec('BEGIN IMMEDIATE');
      task();
      purge();
      database.exec('COMMIT');
    } catch (error) {
      if (database.isOpen && database.isTransaction) database.exec('ROLLBACK');
      const why = error instanceof Error ? error.message : String(error);
      throw new StoreUnavailable(`${file}: the session store did not take a write: ${why}`, { cause: error });
    }
  };

  const refresh = createRefreshTable(database, write, clock);
  const tokens = createTokenTable(database, write, clock);

  /** Writes all that is not written yet. */
  const save = (): void => {
    write(() => {
      for (const [jti, untilSec] of unsavedSessions) statements.session.run(jti, untilSec);
      for (const [sub, { atSec, untilSec }] of unsavedSubjects) statements.subject.run(sub, atSec, untilSec);
    });
    unsavedSessions.clear();
    unsavedSubjects.clear();
  };

  const add = (isAdded: boolean): void => {
    if (!isAdded) throw new StoreUnavailable(`${file}: the session store is full`);
  };

  /** Ends a subject's sessions here, and keeps the end to be written. @returns false where there is no room for it */
  const endSubject = (sub: string, atSec: number): boolean => {
    const endSec = revocations.endOf(sub, atSec, nowSec(clock));
    const latestSec = Math.max(endSec, unsavedSubjects.get(sub)?.atSec ?? 0);
    const end = { atSec: latestSec, untilSec: latestSec + SUBJECT_KEPT_SEC };
    unsavedSubjects.set(sub, end);
    return revocations.addSubject(sub, end);
  };

  /** Takes in what stands in the database, if another process has written to it since. */
  const load = (): void => {
    if (purgedSec - nowSec(clock) > SLACK_SEC) {
      // The clock was put back: what seemed to be over was dropped from memory.
      purgedSec = nowSec(clock);
      seenVersion = undefined;
    }
    const version = statements.dataVersion.get()?.data_version;
    if (version === seenVersion) return;
    for (const { jti, until_sec } of statements.sessions.iterate()) {
      add(revocations.addSession(String(jti), Number(until_sec), 'operator'));
    }
    for (const { sub, at_sec, until_sec } of statements.subjects.iterate()) {
      add(revocations.addSubject(String(sub), { atSec: Number(at_sec), untilSec: Number(until_sec) }, 'operator'));
    }
    seenVersion = version;
  };

  const isDone = (task: () => void): boolean => {
    try {
      task();
      return true;
    } catch {
      return false;
    }
  };

  try {
    save();
    load();
  } catch (error) {
    database.close();
    throw new ConfigInvalid(error instanceof Error ? error.message : `${file}: cannot be read`, { cause: error });
  }
  const look = (): void => {
    isDone(load);
    isFound = false;
    isDone(() => {
      isFound = isSameFile();
    });
  };
  const timer = setInterval(look, lookEveryMs).unref();

  const isReady = (): boolean => isDone(save) && isDone(load);

  return {
    revoke(jti, untilSec) {
      add(revocations.addSession(jti, untilSec));
      unsavedSessions.set(jti, Math.max(untilSec, unsavedSessions.get(jti) ?? 0));
      save();
    },
    revokeSubjects(subs, atSec) {
      let isWhole = true;
      for (const sub of subs) {
        isWhole = endSubject(sub, atSec) && isWhole;
      }
      save();
      add(isWhole);
    },
    noteProofs(source, proofs, atSec) {
      try {
        const { differing, write } = noted.compare(source, proofs);
        for (const sub of differing) {
          add(endSubject(sub, atSec));
        }
        // In this order: what is noted without being ended would never be ended.
        if (differing.length > 0) save();
        write();
      } catch (error) {
        if (error instanceof StoreUnavailable) throw error;
        throw new StoreUnavailable(`${file}: the session store did not take what users prove themselves by`, {
          cause: error,
        });
      }
    },
    isRevoked: revocations.isRevoked,
    isEnded: revocations.isEnded,
    async once(id, expiresAtSec) {
      let isFirst = false;
      write(() => {
        isFirst = statements.once.run(id, expiresAtSec).changes === 1;
      });
      return isFirst;
    },
    refresh,
    tokens,
    held: revocations,
    onEnded: revocations.onAdded,
    // Ready means that nothing waits to be written either.
    isReady,
    waiting: () => unsavedSessions.size + unsavedSubjects.size,
    isCurrent: () => isFound,
    takesSignIns: () => isFound,
    async confirm() {
      if (!isReady()) throw new StoreUnavailable(`${file}: the end of a session is not written down yet`);
    },
    close() {
      clearInterval(timer);
      if (!database.isOpen) return;
      if (unsavedSessions.size + unsavedSubjects.size > 0) isDone(save);
      database.close();
    },
  };
}
