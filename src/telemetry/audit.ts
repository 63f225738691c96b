import type { Log } from './log.ts';

/** One line for each login, logout, refusal, open connection that was ended, and request in another's name: who, what, why, from where. Never a password, token, cookie or query. */
export interface AuditEvent {
  readonly event:
    | 'login'
    | 'login-refused'
    | 'handoff'
    | 'handoff-refused'
    | 'logout'
    | 'refused'
    | 'cut'
    | 'impersonation-began'
    | 'impersonation-ended'
    | 'impersonation-refused'
    /** Of who acts as somebody else, each request that is let through. */
    | 'acted'
    | 'token-made'
    | 'token-revoked'
    /** The first use that is known. */
    | 'token-used';
  /** `sub` where it is known, else the user name that was typed, else empty. */
  readonly who: string;
  /** The `sub` of who acts as them, where somebody does. */
  readonly actor?: string;
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
  ({ event, who, actor, what, why, from, request }) =>
    log.audit(event, { who, ...(actor !== undefined && { actor }), what, why, from, request });
