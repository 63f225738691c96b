import type { ConnectedAppConfig } from '../../config/schema/config.ts';
import type { Identity } from '../identity.ts';
import type { Refusal } from './refusal.ts';

/** Applications that vouch for their users, by one version of the configuration. */
export interface ConnectedApps {
  /**
   * Takes a token, once: whoever comes with it again is refused. Writes the audit line, whatever comes of it.
   * @param at - where it was brought: in the frame of a host page, or to Tableau's REST API
   * @throws StoreUnavailable where it is not known whether it was used before; DirectoryUnavailable where its user could not be looked up
   */
  read(token: string, at: At, asked: Asked): Promise<Vouched | Refusal>;
  /**
   * The identity behind what was vouched for, by what the configuration and the directories say now.
   * @returns `null` where that counts no more: the connected app is gone, disabled or may no more, or its user is gone
   * @throws DirectoryUnavailable where it could not be found out
   */
  identify(vouching: Vouching): Promise<Identity | null>;
  /** What the configuration says of a client that is enabled; `null`: there is no such. */
  find(clientId: string): ConnectedAppConfig | null;
  close(): void;
}

export type At = 'embed' | 'rest';

/** The request that brought the token. */
export interface Asked {
  /** Its id. */
  readonly request: string;
  /** The client's address. */
  readonly from: string;
  /** The origin of the page that brought it, where the browser said so: it has to be one of the connected app's domains. */
  readonly page?: string | undefined;
}

/** What of a token counts, whatever becomes of the grants: plain values, to be sealed into whatever hangs on it. */
export interface Vouching {
  readonly client: string;
  /** Whom it is about, as of {@link Identity}. */
  readonly sub: string;
  /** What dashboards are told as user name, where a claim says it; else `null`. */
  readonly shown: string | null;
  readonly name: string;
  /** Empty where the token does not say that it was verified. */
  readonly email: string;
  /** On-demand ones. */
  readonly groups: readonly string[];
  /** On-demand ones, canonical grants. */
  readonly resources: readonly string[];
  /** Of `scp`, those that the connected app may ask for. */
  readonly scopes: readonly string[];
}

/** A token that was taken, and is used up. */
export interface Vouched {
  readonly kind: 'vouched';
  /** The client id. */
  readonly client: string;
  readonly identity: Identity;
  readonly scopes: readonly string[];
  readonly jti: string;
  /** Its `exp`, in whole seconds since the epoch. */
  readonly ends: number;
  readonly vouching: Vouching;
}
