import type { IncomingHttpHeaders } from 'node:http';
import type { Session } from '../session/session.ts';
import type { Identity } from './identity.ts';

export type CredentialKind = 'cookie' | 'basic' | 'bearer' | 'tableau';
/** What led to a session: one of these, or the cookie of a frame in a page of another application. */
export type By = CredentialKind | 'embed';

/** What of a request for a dashboard says who asks. */
export interface CredentialRequest {
  readonly id: string;
  readonly headers: IncomingHttpHeaders;
  readonly clientAddress: string;
  readonly app: { readonly origin: string; readonly credentials: readonly CredentialKind[] };
}

export type RejectionReason =
  | 'bad-password'
  | 'bad-credentials'
  | 'session-unreadable'
  | 'session-expired'
  | 'session-idle'
  | 'session-revoked'
  | 'duplicate-cookie'
  | 'bad-token'
  | 'token-expired'
  | 'token-revoked';

/**
 * The same credentials of the same request once more, by all that is judged anew each time, asking nobody. Holds nothing of the
 * request that is secret, and counts as a use of the session.
 * @returns the same identity, or `null` where only a whole look can tell, or may find another
 */
export type Again = () => Identity | null;

/** What a look for credentials found. `null`: this kind of credential was not in the request. */
export type Finding =
  | {
      readonly kind: 'identified';
      readonly identity: Identity;
      readonly by: By;
      readonly session: Session;
      /** The session began with this request. */
      readonly isNew: boolean;
      /** The Set-Cookie value that carries a new session, where this proof made one and the request may be given it. */
      readonly setCookies: readonly string[];
      readonly again?: Again;
    }
  | {
      readonly kind: 'rejected';
      readonly reason: RejectionReason;
      readonly by: By;
      readonly user: string;
    }
  /** Too many attempts came before this one, so its password was not looked at. */
  | { readonly kind: 'delayed'; readonly retryAfterSec: number; readonly by: 'basic'; readonly user: string }
  | null;

/** What a request was let through by, as far as it lasts: a session, whichever credential led to it. */
export type Basis = Pick<Extract<Finding, { kind: 'identified' }>, 'session' | 'by'>;

/** Throws only when it could not find out (the directory is down), never for a wrong password. */
export type Authenticator<Request = CredentialRequest> = (request: Request) => Promise<Finding>;

/** Asks each in turn. The first credential found decides: a bad one never falls through to the next. */
export async function authenticate<Request>(
  request: Request,
  authenticators: readonly Authenticator<Request>[],
): Promise<Finding> {
  for (const ask of authenticators) {
    const finding = await ask(request);
    if (finding) return finding;
  }
  return null;
}
