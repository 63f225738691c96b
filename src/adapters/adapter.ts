import type { IncomingMessage } from 'node:http';
import type { Decision } from '../access/decide.ts';
import type { AccessRequest } from '../access/request.ts';
import type { Told } from '../apps/identity-adapter.ts';
import type { Basis, Finding } from '../identity/authenticate.ts';
import type { PeerOf } from '../lib/client-address.ts';

/** A decision with what the client is to keep or drop for it. */
export interface Verdict {
  readonly decision: Decision;
  /** Set-Cookie values: a new session, or the removal of a bad one. */
  readonly setCookies: readonly string[];
  /** For the audit line: `sub`, or the user name that was tried, or empty. */
  readonly who: string;
  /** The `sub` of who acts as them, where somebody does. */
  readonly actor?: string;
  /** A session began with this request. */
  readonly isSignIn: boolean;
  /** What it brought to say who asks, and what was found; absent: nothing, or it was not looked at. */
  readonly credential?: { readonly kind: string; readonly result: Exclude<Finding, null>['kind'] };
  /** What an allowed request tells the app beside headers; absent where that is nothing. */
  readonly told?: Told;
  /** What an allowed request hangs on from here on; absent where that is nothing. */
  readonly basis?: Basis;
  /**
   * Whether the same request would be allowed now just as this one was, by the same identity and with the same cookies; counts as
   * a use of its session. Holds nothing of the request that is secret. Absent where only judging it whole can tell.
   */
  readonly again?: () => boolean;
}

/** How a front asks and how it is answered. `Reply` is what the answer is written to. */
export interface Adapter<Reply> {
  /** Stands in the metrics. */
  readonly way: 'nginx' | 'refuse' | 'forward' | 'envoy' | 'proxy';
  /** Who is at the other end of the connection. */
  readonly peerOf: PeerOf;
  /** What the log, the audit line and every page call the request, also one that cannot be read. */
  idOf(incoming: IncomingMessage): string;
  /**
   * @returns `app-mismatch` where the front is about to forward to another app than host and path lead to
   * @throws BadTarget, BadHeaders, NothingHere
   */
  read(incoming: IncomingMessage, id: string): AccessRequest | 'app-mismatch';
  write(verdict: Verdict, request: AccessRequest, reply: Reply): void;
  /** The front named an app that host and path do not lead to. */
  mismatch(incoming: IncomingMessage, reply: Reply, id: string): void;
  /**
   * Writes the refusal that an error amounts to. Never lets anything through.
   * @param read - `null` where it could not be read
   */
  fail(error: unknown, incoming: IncomingMessage, reply: Reply, id: string, read: AccessRequest | null): void;
}
