import type { Log } from './log.ts';

/** One line for each login, logout, refusal, and open connection that was ended: who, what, why, from where. Never a password, token, cookie or query. */
export interface AuditEvent {
  readonly event:
    | 'login'
    | 'login-refused'
    | 'handoff'
    | 'handoff-refused'
    | 'logout'
    | 'refused'
    | 'cut'
    | 'token-made'
    | 'token-revoked'
    /** The first use that is known. */
    | 'token-used';
  /** `sub` where it is known, else the user name that was typed, else empty. */
  readonly who: string;
  /** Method and path for a refusal, the app or page otherwise. */
  readonly what: string;
  readonly why: string;
  /** The client's address. */
  readonly from: string;
  readonly request: string;
}

export type Audit = (event: AuditEvent) => void;

export const createAudit =
  (log: Log): Audit =>
  ({ event, who, what, why, from, request }) =>
    log.audit(event, { who, what, why, from, request });
