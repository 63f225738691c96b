import { LRUCache } from 'lru-cache';
import { browserName } from '../lib/browser-name.ts';
import { type Clock, nowSec } from '../lib/clock.ts';
import { type LiveDatabase, openLiveDatabase } from './live-database.ts';
import type { Session } from './session.ts';

/** A session as its user is shown it. All times in seconds since the epoch. */
export interface LiveSession {
  readonly jti: string;
  readonly sub: string;
  /** The user name within its source; empty for who is no user. */
  readonly user: string;
  readonly beganSec: number;
  /** The absolute end. */
  readonly endsSec: number;
  readonly isRemembered: boolean;
  /** When it was used last. */
  readonly usedSec: number;
  /** The client's address at that time. */
  readonly address: string;
  /** What that client seems to be, as {@link browserName} has it. */
  readonly browser: string;
}

/** Who used a session, and from where. */
export interface UsedBy {
  readonly user: string;
  readonly address: string;
  /** The `User-Agent` as it came. */
  readonly agent: string | undefined;
}

/**
 * The sessions that are in use: for people to look at, and so that a restart does not take for idle what was not. It decides
 * nothing else, so it may be capped, late or lost.
 */
export interface LiveSessions {
  /** Notes a use, unless the session proved nothing. In memory only: it is written later, once a minute a session at most. */
  note(session: Session, by: UsedBy): void;
  /** When a session was used last, as far as is known here; 0: not known. */
  usedSec(jti: string): number;
  /** Those of a subject, newest use first, 100 at most; also those that other processes wrote. Some may have ended. */
  of(sub: string): LiveSession[];
  drop(jti: string): void;
  close(): void;
}

export interface LiveSessionsOptions {
  /** `null`: in memory only. */
  readonly file: string | null;
  readonly clock: Clock;
  readonly warn: (line: string) => void;
  readonly writeEveryMs?: number;
}

interface Entry extends LiveSession {
  usedSec: number;
  address: string;
  browser: string;
  agent: string | undefined;
  /** When it was written last; 0: not yet. */
  writtenSec: number;
}

const MOST = 20_000;
const MOST_OF_ONE = 100;
const WRITTEN_EVERY_SEC = 60;
/** So many at once that nobody has to wait for them. */
const MOST_WRITTEN = 500;
const PURGE_EVERY_SEC = 600;

export function createLiveSessions({ file, clock, warn, writeEveryMs = 1000 }: LiveSessionsOptions): LiveSessions {
  const database: LiveDatabase | null = file === null ? null : openLiveDatabase(file, warn);
  const unwritten = new Set<Entry>();
  const bySub = new Map<string, Set<string>>();
  const entries = new LRUCache<string, Entry>({
    max: MOST,
    dispose(entry, jti) {
      unwritten.delete(entry);
      const theirs = bySub.get(entry.sub);
      theirs?.delete(jti);
      if (theirs?.size === 0) bySub.delete(entry.sub);
    },
  });
  let purgedSec = nowSec(clock);

  const add = (entry: Entry): void => {
    const theirs = bySub.get(entry.sub) ?? new Set();
    // Whoever signs in again and again takes the places of their own sessions, not those of others.
    const [oldest] = theirs;
    if (theirs.size >= MOST_OF_ONE && oldest !== undefined) entries.delete(oldest);
    bySub.set(entry.sub, theirs.add(entry.jti));
    entries.set(entry.jti, entry);
  };

  const write = (): void => {
    const now = nowSec(clock);
    const due: Entry[] = [];
    for (const entry of unwritten) {
      if (entry.writtenSec !== 0 && now - entry.writtenSec < WRITTEN_EVERY_SEC) continue;
      due.push(entry);
      if (due.length === MOST_WRITTEN) break;
    }
    const isPurgeDue = now - purgedSec >= PURGE_EVERY_SEC;
    if (isPurgeDue) {
      purgedSec = now;
      for (const [jti, { endsSec }] of entries.entries()) if (endsSec <= now) entries.delete(jti);
    }
    if (!database || (due.length === 0 && !isPurgeDue) || !database.write(due, isPurgeDue ? now : null)) return;
    for (const entry of due) {
      entry.writtenSec = now;
      unwritten.delete(entry);
    }
  };

  for (const row of database?.read(nowSec(clock), MOST) ?? [])
    add({ ...row, agent: undefined, writtenSec: row.usedSec });
  const timer = setInterval(write, writeEveryMs).unref();

  return {
    note(session, { user, address, agent }) {
      // Anybody can have such a one anew, without a password: they may not take the places of others.
      if (session.amr.length === 0) return;
      const now = nowSec(clock);
      let entry = entries.get(session.jti);
      if (!entry) {
        const { jti, sub, authTimeSec: beganSec, endsSec, isRemembered = false } = session;
        const browser = browserName(agent);
        entry = {
          jti,
          sub,
          user,
          beganSec,
          endsSec,
          isRemembered,
          usedSec: now,
          address,
          browser,
          agent,
          writtenSec: 0,
        };
        add(entry);
      } else if (entry.agent !== agent) {
        entry.browser = browserName(agent);
        entry.agent = agent;
      }
      entry.usedSec = now;
      entry.address = address;
      if (database) unwritten.add(entry);
    },
    usedSec: (jti) => entries.peek(jti)?.usedSec ?? 0,
    of(sub) {
      const known = new Map((database?.of(sub, MOST_OF_ONE) ?? []).map((row) => [row.jti, row]));
      for (const jti of bySub.get(sub) ?? []) {
        const entry = entries.peek(jti);
        if (entry && entry.usedSec >= (known.get(jti)?.usedSec ?? 0)) known.set(jti, entry);
      }
      return [...known.values()].sort((a, b) => b.usedSec - a.usedSec).slice(0, MOST_OF_ONE);
    },
    drop(jti) {
      entries.delete(jti);
      database?.drop(jti);
    },
    close() {
      clearInterval(timer);
      // Once more, whether it is due or not.
      for (const entry of unwritten) entry.writtenSec = 0;
      while (unwritten.size > 0) {
        const before = unwritten.size;
        write();
        if (unwritten.size === before) break;
      }
      database?.close();
    },
  };
}
