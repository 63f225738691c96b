import { browserName } from '../lib/browser-name.ts';
import { type Clock, nowSec } from '../lib/clock.ts';
import { newest } from '../lib/lru.ts';
import type { LiveShelf } from './live-shelf.ts';
import { beganOf, type Session } from './session.ts';

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
  /** Settles once it is known here when sessions were used elsewhere. Never rejects. */
  readonly ready: Promise<void>;
  /** Notes a use, unless the session proved nothing. In memory only: it is written later, once a minute a session at most. */
  note(session: Session, by: UsedBy): void;
  /** Takes over a use that another process noted. */
  take(used: LiveSession): void;
  /** Which were used here then or later, latest first. */
  usedSince(sec: number, most: number): (readonly [jti: string, usedSec: number])[];
  /** When a session was used last, as far as is known here; 0: not known. */
  usedSec(jti: string): number;
  /** Whose it is, as far as is known here; else empty. */
  subOf(jti: string): string;
  /** Those of a subject, newest use first, 100 at most; also those that other processes wrote. Some may have ended. */
  of(sub: string): Promise<LiveSession[]>;
  drop(jti: string): void;
  close(): void | Promise<void>;
}

export interface LiveSessionsOptions {
  /** `null`: in memory only. Closed with the list. */
  readonly shelf: LiveShelf | null;
  readonly clock: Clock;
  readonly writeEveryMs?: number;
  /** How often the uses of one session are written. */
  readonly writtenEverySec?: number;
  /** How often it looks where else sessions were used. */
  readonly lookEveryMs?: number;
  /** How far back it looks then: longer than a use waits to be written. */
  readonly lookBackSec?: number;
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
const MOST_ELSEWHERE = 50_000;
const LOOK_BACK_SEC = 120;

export function createLiveSessions(options: LiveSessionsOptions): LiveSessions {
  const { shelf, clock, writeEveryMs = 1000, lookEveryMs = 10_000 } = options;
  const { writtenEverySec = WRITTEN_EVERY_SEC, lookBackSec = LOOK_BACK_SEC } = options;
  const unwritten = new Set<Entry>();
  const bySub = new Map<string, Set<string>>();
  const entries = newest<Entry>(MOST, {
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

  let isWriting = false;
  const write = (): void | Promise<void> => {
    const now = nowSec(clock);
    const due: Entry[] = [];
    for (const entry of unwritten) {
      if (entry.writtenSec !== 0 && now - entry.writtenSec < writtenEverySec) continue;
      due.push(entry);
      if (due.length === MOST_WRITTEN) break;
    }
    const isPurgeDue = now - purgedSec >= PURGE_EVERY_SEC;
    if (isPurgeDue) {
      purgedSec = now;
      for (const [jti, { endsSec }] of entries.entries()) if (endsSec <= now) entries.delete(jti);
    }
    if (!shelf || isWriting || (due.length === 0 && !isPurgeDue)) return;
    const settle = (isDone: boolean): void => {
      isWriting = false;
      if (!isDone) return;
      for (const entry of due) {
        entry.writtenSec = now;
        // Unless it was used again meanwhile.
        if (entry.usedSec <= now) unwritten.delete(entry);
      }
    };
    isWriting = true;
    const written = shelf.write(due.map(toSession), isPurgeDue ? now : null);
    if (typeof written === 'boolean') settle(written);
    else return written.then(settle);
  };

  /** When others saw it used. */
  const elsewhere = newest<number>(MOST_ELSEWHERE);
  let lookedSec = 0;
  const look = async (): Promise<void> => {
    const now = nowSec(clock);
    for (const [jti, usedSec] of (await shelf?.usedSince?.(lookedSec, MOST_ELSEWHERE)) ?? []) {
      if (usedSec <= now + lookBackSec) elsewhere.set(jti, Math.max(usedSec, elsewhere.peek(jti) ?? 0));
    }
    // Others write late.
    lookedSec = now - lookBackSec;
  };

  for (const row of shelf?.read(nowSec(clock), MOST) ?? []) add({ ...row, agent: undefined, writtenSec: row.usedSec });
  const ready = look();
  const looking = setInterval(() => void look(), lookEveryMs).unref();
  const timer = setInterval(() => void write(), writeEveryMs).unref();

  return {
    ready,
    note(session, { user, address, agent }) {
      // Anybody can have such a one anew, without a password: they may not take the places of others.
      if (session.amr.length === 0) return;
      const now = nowSec(clock);
      let entry = entries.get(session.jti);
      if (!entry) {
        const { jti, sub, endsSec, isRemembered = false } = session;
        const beganSec = beganOf(session);
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
      if (shelf) unwritten.add(entry);
    },
    take(used) {
      const entry = entries.get(used.jti);
      if (!entry) add({ ...used, agent: undefined, writtenSec: 0 });
      else if (used.usedSec >= entry.usedSec) {
        const { usedSec, address, browser } = used;
        Object.assign(entry, { usedSec, address, browser, agent: undefined });
      }
      const taken = entries.peek(used.jti);
      if (shelf && taken) unwritten.add(taken);
    },
    usedSince(sec, most) {
      const found: (readonly [string, number])[] = [];
      for (const { jti, usedSec } of entries.values()) {
        if (found.length >= most) break;
        if (usedSec >= sec) found.push([jti, usedSec]);
        // In the order of their use, but for what was taken over late.
        else if (usedSec < sec - LOOK_BACK_SEC) break;
      }
      return found;
    },
    usedSec: (jti) => Math.max(entries.peek(jti)?.usedSec ?? 0, elsewhere.peek(jti) ?? 0),
    subOf: (jti) => entries.peek(jti)?.sub ?? '',
    async of(sub) {
      const known = new Map(((await shelf?.of(sub, MOST_OF_ONE)) ?? []).map((row) => [row.jti, row]));
      for (const jti of bySub.get(sub) ?? []) {
        const entry = entries.peek(jti);
        if (entry && entry.usedSec >= (known.get(jti)?.usedSec ?? 0)) known.set(jti, entry);
      }
      return [...known.values()].sort((a, b) => b.usedSec - a.usedSec).slice(0, MOST_OF_ONE);
    },
    drop(jti) {
      entries.delete(jti);
      void shelf?.drop(jti);
    },
    close() {
      clearInterval(timer);
      clearInterval(looking);
      // Once more, whether it is due or not.
      for (const entry of unwritten) entry.writtenSec = 0;
      for (;;) {
        const before = unwritten.size;
        const writing = before > 0 ? write() : undefined;
        if (writing) return writing.then(() => shelf?.close());
        if (unwritten.size === 0 || unwritten.size === before) break;
      }
      shelf?.close();
    },
  };
}

const toSession = ({
  jti,
  sub,
  user,
  beganSec,
  endsSec,
  isRemembered,
  usedSec,
  address,
  browser,
}: Entry): LiveSession => ({
  ...{ jti, sub, user, beganSec, endsSec, isRemembered, usedSec, address, browser },
});
