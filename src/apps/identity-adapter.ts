import type { App } from '../access/app.ts';
import type { AppConfig } from '../config/schema/config.ts';
import type { Identity } from '../identity/identity.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../telemetry/log.ts';

/** Tells one app who is there, by a token that only this app is to take for one. */
export interface IdentityAdapter {
  /** @returns the token: never for {@link nobody} */
  token(identity: Identity): Promise<string>;
  close(): void;
}

/** What dashgate adds to a request on its way to an app, beside the identity headers. */
export interface Told {
  /** Cookies, as `name=value` each. */
  readonly cookies: readonly string[];
  /** Empty: none. */
  readonly assertion: string;
}

/**
 * What an app is told of an identity; `null` where there is nothing to add.
 * @throws whatever keeps a token from being made: nothing may go upstream then
 */
export type Tell = (app: Pick<App, 'name'>, identity: Identity) => Promise<Told> | null;

/** An app's configuration, as far as adapters go by it. */
export type ToldApp = Pick<AppConfig, 'name' | 'identity' | 'signedCookie' | 'encryptedCookie'>;

/** What an adapter is opened with. */
export interface AdapterOptions {
  readonly app: ToldApp;
  readonly clock: Clock;
  readonly log: Log;
}

/** So long a token counts, in seconds; it goes upstream for half of that. */
export const LIFE_SEC = 300;
