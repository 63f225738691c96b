/** Sessions and subjects that were ended before their time, in memory. All times in seconds since the epoch. */
export interface Revocations {
  /** @returns false where there is no room for it */
  addSession(jti: string, untilSec: number, by?: End['by']): boolean;
  /** @returns false where there is no room for it */
  addSubject(sub: string, entry: SubjectEnd, by?: End['by']): boolean;
  /**
   * The second by which an end of all sessions of a subject counts: where one as of now stands already, a second later than that.
   * A session may have begun since, and been dated after it.
   */
  endOf(sub: string, atSec: number, nowSec: number): number;
  isRevoked(session: { jti: string; sub: string; beganSec: number }): boolean;
  /** The same, but for what began before anything was known. */
  isEnded(session: { jti: string; sub: string; beganSec: number }): boolean;
  /** Calls back after something was added that was not known; returns what stops it. */
  onAdded(listener: (end: End) => void): () => void;
  /** Calls back with each change of what is held, but for what is dropped; returns what stops it. */
  onHeld(listener: (held: Held) => void): () => void;
  /** Sessions that began before are taken as ended: what became of them is not known. */
  setKnownSince(sec: number): void;
  knownSince(): number;
  /** All that is held. */
  sessions(): Iterable<readonly [jti: string, untilSec: number]>;
  subjects(): Iterable<readonly [sub: string, end: SubjectEnd]>;
  /** Drops what has ended anyway. */
  purge(nowSec: number): void;
}

/** What was ended: one session, or all that a subject had. */
export interface End {
  readonly jti?: string;
  readonly sub?: string;
  /** `operator`: by a command beside this process. Absent: by whom it concerns, who was told where that happened. */
  readonly by?: 'operator' | undefined;
}

/** One thing that is held, as it is now. */
export type Held =
  | { readonly jti: string; readonly untilSec: number }
  | ({ readonly sub: string } & SubjectEnd)
  | { readonly sinceSec: number };

export interface SubjectEnd {
  /** What began then or before is ended. */
  readonly atSec: number;
  /** When no session of that time can be alive. */
  readonly untilSec: number;
}

/** Longer than browsers keep any cookie (RFC 6265bis §5.5), and than a session can be configured to last. */
export const SUBJECT_KEPT_SEC = 400 * 24 * 3600;

/** A clock that was set back by less than this brings no ended session to life. */
export const SLACK_SEC = 300;

/**
 * @param knownSinceSec - sessions that began before are taken as ended: what became of them is not known
 * @param most - how many of each kind are held, at some 100 bytes each: a million of both, and room to go on
 */
export function createRevocations(knownSinceSec: number, most = 550_000): Revocations {
  let sinceSec = knownSinceSec;
  const sessions = new Map<string, number>();
  const subjects = new Map<string, SubjectEnd>();
  const listeners = new Set<(end: End) => void>();
  const tell = (end: End): void => {
    for (const listener of listeners) listener(end);
  };
  const isEnded: Revocations['isEnded'] = ({ jti, sub, beganSec }) => {
    if (sessions.has(jti)) return true;
    // Of all whom one source has, as `anyone:`, likewise: no subject of its own is called so.
    const ends = [subjects.get(sub), subjects.get(sub.slice(0, sub.indexOf(':') + 1))];
    return ends.some((end) => end !== undefined && !(beganSec > end.atSec));
  };
  const followers = new Set<(held: Held) => void>();
  const say = (held: Held): void => {
    for (const listener of followers) listener(held);
  };
  return {
    addSession(jti, untilSec, by) {
      const known = sessions.get(jti);
      if (known === undefined && sessions.size >= most) return false;
      sessions.set(jti, Math.max(untilSec, known ?? 0));
      if (untilSec > (known ?? 0)) say({ jti, untilSec });
      if (known === undefined) tell({ jti, by });
      return true;
    },
    addSubject(sub, { atSec, untilSec }, by) {
      const known = subjects.get(sub);
      if (!known && subjects.size >= most) return false;
      const end = { atSec: Math.max(atSec, known?.atSec ?? 0), untilSec: Math.max(untilSec, known?.untilSec ?? 0) };
      subjects.set(sub, end);
      if (end.atSec !== known?.atSec || end.untilSec !== known.untilSec) say({ sub, ...end });
      if (!known || known.atSec < atSec) tell({ sub, by });
      return true;
    },
    onAdded(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    onHeld(listener) {
      followers.add(listener);
      return () => followers.delete(listener);
    },
    endOf(sub, atSec, nowSec) {
      const lastSec = subjects.get(sub)?.atSec ?? 0;
      return Math.abs(atSec - nowSec) <= 1 && lastSec >= atSec ? lastSec + 1 : atSec;
    },
    isRevoked: (session) => !(session.beganSec >= sinceSec) || isEnded(session),
    isEnded,
    setKnownSince(sec) {
      if (sec === sinceSec) return;
      sinceSec = sec;
      say({ sinceSec });
    },
    knownSince: () => sinceSec,
    sessions: () => sessions,
    subjects: () => subjects,
    purge(nowSec) {
      const past = nowSec - SLACK_SEC;
      for (const [jti, untilSec] of sessions) if (untilSec < past) sessions.delete(jti);
      for (const [sub, { untilSec }] of subjects) if (untilSec < past) subjects.delete(sub);
    },
  };
}
