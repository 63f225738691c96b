/** A sealed identity with an end: the claims of the session cookie, under the names of the house. */
export interface Session {
  readonly sub: string;
  readonly name: string;
  readonly email: string;
  readonly groups: readonly string[];
  readonly allowedResources: readonly string[];
  readonly amr: readonly string[];
  /** As the source of the proof says it. */
  readonly acr?: string;
  /** When the password was proved (`auth_time`), in seconds since the epoch. */
  readonly authTimeSec: number;
  /** Names the session, and stays through renewals. */
  readonly jti: string;
  /** When this cookie was written (`iat`), in seconds since the epoch. */
  readonly writtenSec: number;
  /** The absolute end (`exp`), in seconds since the epoch. */
  readonly endsSec: number;
  /** Whoever signed in asked to stay so (`remembered`), on a browser of their own. */
  readonly isRemembered?: true;
  /** The one host, without a port, that this cookie is good at; absent: any of ours. */
  readonly host?: string;
}

/** Whether a cookie of this session is good at an origin: one that was carried to a host is of no use at another. */
export const isGoodAt = ({ host }: Pick<Session, 'host'>, origin: string): boolean =>
  host === undefined || host === new URL(origin).hostname;
