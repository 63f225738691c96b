import type { ProviderUnavailable } from '../errors.ts';

/** A sign-in that has begun: what its callback is held against. Sealed in a cookie of the browser that began it. */
export interface PendingLogin {
  /** The provider's id. */
  readonly provider: string;
  readonly state: string;
  readonly nonce: string;
  /** Of PKCE (RFC 7636 §4.1). */
  readonly verifier: string;
  /** How old the proof may be, in seconds; `null`: any age will do. */
  readonly maxAgeSec: number | null;
  /** Where to go afterwards, as it was checked at the start. */
  readonly returnTo: string | null;
  /** In seconds since the epoch. */
  readonly begunSec: number;
}

/** Somebody as a provider says that they are, by the rules of the configuration. */
export interface Vouched {
  /** `<id>:<what the provider never changes about them>` */
  readonly sub: string;
  readonly name: string;
  /** Empty unless the provider says that it is verified. */
  readonly email: string;
  /** What dashboards are told; `null`: the `sub`. */
  readonly user: string | null;
  readonly groups: readonly string[];
  /** Canonical; `_all_` only where that is allowed. */
  readonly allowedResources: readonly string[];
  /** How they proved it there; never empty. */
  readonly amr: readonly string[];
  readonly acr: string | null;
  /** When they proved it there, in seconds since the epoch; 0: the provider does not say. */
  readonly authTimeSec: number;
  /** What the provider calls its session, made unreadable; `null`: it does not say. */
  readonly sid: string | null;
}

/** What a provider may say otherwise from one day to the next. */
export type Told = Pick<Vouched, 'name' | 'email' | 'user' | 'groups' | 'allowedResources'>;

/** What a provider gave with a sign-in, or with the last answer. */
export interface Tokens {
  /** `null`: it is too long to be kept. */
  readonly accessToken: string | null;
  /** When the access token is good no more, in seconds since the epoch; `null`: the provider does not say. */
  readonly accessEndsSec: number | null;
  /** Each may be good once (RFC 9700 §4.14.2). `null`: it gave none. */
  readonly refreshToken: string | null;
  readonly idToken: string | null;
}

/** What came of asking a provider again about somebody who is signed in. */
export type Renewal =
  /** It vouches for them no more. */
  | { readonly kind: 'over' }
  | {
      readonly kind: 'renewed';
      /** By which to ask the next time. */
      readonly tokens: Tokens;
      /** `null`: it says nothing but that they are still theirs. An error: that could not be found out. */
      readonly told: Told | null | ProviderUnavailable;
    };

/** Why nobody was signed in. */
export type RefusalWhy =
  /** The person said no there. */
  | 'said-no'
  /** The provider answered with an error. */
  | 'provider-error'
  /** The answer does not hold: signature, issuer, audience, nonce, time, code or state. */
  | 'bad-answer'
  /** The configuration does not let this person in. */
  | 'not-allowed'
  /** The provider says nothing that could be a user name. */
  | 'no-user-name'
  /** A proof of some age was asked for, and the provider never says how old one is. */
  | 'no-proof';

export type CallbackFinding =
  | {
      readonly kind: 'vouched';
      readonly who: Vouched;
      readonly tokens: Tokens;
      /** Whether it can be asked again by them. */
      readonly isRechecked: boolean;
    }
  /** `detail`: for the log, without anything of a token. `who`: the `sub`, where it is known. */
  | { readonly kind: 'refused'; readonly why: RefusalWhy; readonly detail: string; readonly who?: string };

/** What a provider tells us to end. */
export type LogoutFinding =
  | {
      readonly kind: 'end';
      /** All sessions of this subject; `null`: just that of `sid`. */
      readonly sub: string | null;
      readonly sid: string | null;
      /** May be used once, until then. */
      readonly tokenId: string;
      readonly expiresAtSec: number;
    }
  | { readonly kind: 'refused'; readonly detail: string };

/** What kind of proof a provider is asked for. */
export interface AskedProof {
  /** Anew, even of who is signed in there. */
  readonly fresh: boolean;
  /** Of one of these classes, the first preferred; empty: of any. It may give another all the same. */
  readonly acr: readonly string[];
}

/** Another system that vouches for people. Each method throws ProviderUnavailable where it cannot be asked. */
export interface Provider {
  /** Stands in the callback path: `/_dashgate/oauth/:id/callback`. */
  readonly id: string;
  /** What people call it. */
  readonly name: string;
  /** Who vouches: a session of another issuer is not ours to take, whatever the id. */
  readonly issuer: string;
  /** Asks it what it says of itself, for an operator who wants to know whether it is there. */
  probe(): Promise<void>;
  /** Whether it did not answer when it was asked last, a moment ago. */
  isDown(): boolean;
  /** Where to send the browser. */
  begin(pending: PendingLogin, redirectUri: string, proof: AskedProof): Promise<URL>;
  /** Checks the callback. @param callback - the redirect URI with the query that came */
  finish(pending: PendingLogin, callback: URL): Promise<CallbackFinding>;
  /** Asks again about somebody who signed in, by the tokens that came then or with the last answer. */
  renew(tokens: Tokens, sub: string): Promise<Renewal>;
  /** Makes tokens worthless, and what hangs on them (RFC 7009), where the provider has a place for that. */
  revoke(tokens: Tokens): Promise<void>;
  /** Whether somebody who was let in once may still be, by the configuration of today. */
  admits(who: { readonly email: string; readonly groups: readonly string[] }): boolean;
  /** Verifies a logout token (OpenID Connect Back-Channel Logout 1.0 §2.6). */
  readLogoutToken(token: string): Promise<LogoutFinding>;
  /** Where to send the browser so that it is signed out there too; `null`: there is no such place, or it is not known now. */
  signOutAt(idToken: string | null, returnTo: string): Promise<URL | null>;
}
