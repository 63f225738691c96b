import type { App } from '../access/app.ts';
import type { AppConfig } from '../config/schema/config.ts';
import type { Identity } from '../identity/identity.ts';
import type { Clock } from '../lib/clock.ts';
import type { Session } from '../session/session.ts';
import type { Log } from '../telemetry/log.ts';

/** Tells one app who is there, by a token that only this app is to take for one. */
export interface IdentityAdapter {
  /** @returns the token: never for {@link nobody} */
  token(identity: Identity): Promise<string>;
  /** Whether a token was made here, at any time, and says of somebody what one of now says. */
  isAlike(before: string, now: string): Promise<boolean>;
  close(): void;
}

/** Tells one app who is there by cookies. */
export interface CookieAdapter {
  /** @returns `name=value` each; none for who is nobody to such an app */
  cookies(identity: Identity, tokens: ProviderTokens | null): Promise<readonly string[]>;
  /** Whether the value of a cookie was made here, at any time, and says of somebody what one of now says. */
  isAlike(name: string, before: string, now: string): Promise<boolean>;
  /** Whether it tells of what a provider gave. */
  readonly wantsTokens?: true;
  /** What tells it of a guest; absent: it is told of none. */
  readonly guestCookies?: readonly string[];
  close(): void;
}

/** What a provider gave for the session of somebody, as far as it is still here. */
export interface ProviderTokens {
  /** `null`: it gave none, or it is over. */
  readonly accessToken: string | null;
  readonly idToken: string | null;
}

/** Another token in the place of one that was refused. */
export interface Renewal {
  /** Forgets the refused one. @returns whether another could do better: not so soon after it was given */
  isWorthIt(): boolean;
  /** Throws TableauRefused, TableauUnavailable. */
  renew(): Promise<string>;
}

/** What dashgate adds to a request on its way to an app, beside the identity headers. */
export interface Told {
  /** Cookies, as `name=value` each. */
  readonly cookies: readonly string[];
  /** Empty: none. */
  readonly assertion: string;
  /** The whole `Authorization` header, in place of any other; empty: as it is otherwise. */
  readonly authorization: string;
  /** `X-Tableau-Auth`; absent: none. */
  readonly tableau?: string;
  readonly tableauRenewal?: Renewal;
}

/**
 * What an app is told of an identity; `null` where there is nothing to add.
 * @param session - what it hangs on, where there is one
 * @throws whatever keeps a token from being made: nothing may go upstream then
 */
export type Tell = (app: Pick<App, 'name'>, identity: Identity, session?: Session) => Promise<Told> | null;

/**
 * Whether an app may have been told something before by which it takes somebody for whom it would take them now. What stands to the
 * letter as it is told now need not be asked about.
 * @param name - of a cookie; `null`: an assertion
 */
export type IsAlike = (app: Pick<App, 'name'>, name: string | null, before: string, now: string) => Promise<boolean>;

/** An app's configuration, as far as adapters go by it. */
export type ToldApp = Pick<
  AppConfig,
  'name' | 'identity' | 'assertion' | 'signedCookie' | 'encryptedCookie' | 'panelCookies'
>;

/** What an adapter is opened with. */
export interface AdapterOptions {
  readonly app: ToldApp;
  readonly clock: Clock;
  readonly log: Log;
}

/** So long a token counts, in seconds; it goes upstream for half of that. */
export const LIFE_SEC = 300;
