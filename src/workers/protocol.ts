import type { KeySet } from '../app/keys.ts';
import type { Listening } from '../app/listeners.ts';
import type { ConfigInvalid } from '../errors.ts';
import type { Counted } from '../identity/attempts/tally.ts';
import type { LiveSession } from '../session/live-sessions.ts';
import type { Held } from '../session/revocations.ts';
import type { PersonalToken } from '../session/token-shelf.ts';

/** One question: what it says, and what it is answered with. Both are plain values, as JSON carries them. */
interface Question<Said, Answer = null> {
  readonly said: Said;
  readonly answer: Answer;
}

/** What a worker asks the primary process, which alone has the store and what else there is once. */
export interface ToPrimary {
  /** First of all. Its answer comes when all ends have been told. */
  join: Question<null, Joined>;
  /** It listens. */
  listens: Question<Listening>;
  /** It could not begin. */
  failed: Question<Failure>;
  /** Answered when it holds in every worker, and is written down where that can be done at once. */
  revoke: Question<{ jti: string; untilSec: number }>;
  revokeSubjects: Question<{ subs: readonly string[]; atSec: number }>;
  endUnproved: Question<string>;
  /** Answered when every end so far is written down. */
  confirm: Question<null>;
  /** `proofs`: absent where the digest may be known already. @answer whether they are wanted whole */
  noteProofs: Question<
    { source: string; digest: string; proofs?: readonly (readonly [string, string])[]; atSec: number },
    boolean
  >;
  once: Question<{ id: string; expiresAtSec: number }, boolean>;
  takesSignIns: Question<null, boolean>;
  putRefresh: Question<{ jti: string; text: string; untilSec: number }>;
  readRefresh: Question<string, string | null>;
  replaceRefresh: Question<{ jti: string; text: string }, boolean>;
  takeRefresh: Question<string, string | null>;
  /** @answer what the turn is called, to end it; `null`: it is another's */
  turnRefresh: Question<{ jti: string; forMs: number }, number | null>;
  endTurnRefresh: Question<number>;
  putToken: Question<{ token: PersonalToken; most: number }, boolean>;
  findToken: Question<string, PersonalToken | null>;
  tokensOf: Question<string, PersonalToken[]>;
  removeToken: Question<Pick<PersonalToken, 'id' | 'sub'>>;
  tokenUsed: Question<{ id: string; atSec: number }>;
  noteLive: Question<readonly LiveSession[]>;
  liveOf: Question<string, LiveSession[]>;
  dropLive: Question<string>;
  usedSince: Question<{ sec: number; most: number }, (readonly [jti: string, usedSec: number])[]>;
  take: Question<{ all: readonly Counted[]; nowMs: number }, number>;
  count: Question<{ counted: Counted; nowMs: number }>;
  takeBack: Question<{ counted: Counted; nowMs: number }>;
  forget: Question<{ counted: Counted; nowMs: number }>;
  /** A right password was given for this name from there. */
  knows: Question<KnownAddress>;
  /** Answered when a password may be checked. @answer what the place is called, to give it back */
  hashPlace: Question<null, number>;
  hashDone: Question<number>;
  keepIdToken: Question<{ jti: string; idToken: string }>;
  takeIdToken: Question<string, string | null>;
  /** A command for Redis. */
  redis: Question<readonly string[], unknown>;
}

/** What the primary process asks a worker. */
export interface ToWorker {
  /** These ends are in force there when it answers. */
  held: Question<readonly Held[]>;
  unproved: Question<string>;
  keys: Question<WrittenKeys>;
  status: Question<Status>;
  /** Until when a key has to wait, in milliseconds since the epoch; 0: no longer. */
  waits: Question<readonly { counted: Pick<Counted, 'of' | 'key'>; untilMs: number }[]>;
  knows: Question<KnownAddress>;
  /** Entries of the stream of Redis that tells who has to wait. */
  entries: Question<readonly WrittenEntry[]>;
  /** Asked now and then as well, to see whether it answers at all. */
  metrics: Question<null, object[]>;
  /** The text of a new configuration. Answered when it is in force there; an error: the old one stays. */
  reconfigure: Question<string | null>;
  /** Answered when what was under way is over. */
  end: Question<null>;
}

export interface KnownAddress {
  readonly user: string;
  readonly network: string;
}

export interface WrittenEntry {
  readonly id: string;
  readonly fields: readonly (readonly [string, string])[];
}

/** A {@link KeySet} with its bytes in base64. */
export type WrittenKeys = Readonly<Record<keyof KeySet, readonly { readonly kid: string; readonly key: string }[]>>;

/** How the store stands. */
export interface Status {
  readonly isReady: boolean;
  readonly isCurrent: boolean;
  readonly waiting: number;
  readonly isRedisUp: boolean;
}

/** What a worker begins with. */
export interface Joined {
  /** What the log calls it, from 1 on. */
  readonly worker: number;
  readonly workers: number;
  /** How it writes its lines, which the primary process passes on. */
  readonly logFormat: 'json' | 'text';
  /** Of the configuration file that is in force; `null`: there is none. */
  readonly text: string | null;
  readonly keys: WrittenKeys;
  readonly status: Status;
  readonly known: readonly KnownAddress[];
  readonly unproved: readonly string[];
}

export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly cause: string | null;
  /** Which keys of the configuration are wrong, where that is known. */
  readonly problems?: ConfigInvalid['problems'];
}
