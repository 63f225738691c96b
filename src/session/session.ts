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
  /** When the proof was given (`auth_time`), in seconds since the epoch; 0: a provider does not say. */
  readonly authTimeSec: number;
  /** When the session began (`began`), where that is another time: a proof for a provider may be older. */
  readonly beganSec?: number;
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
  /** Who vouched for the person, where it was no directory. */
  readonly provider?: VouchedBy;
  /** As whom its owner, who is `sub`, acts. */
  readonly actingAs?: ActingAs;
  /** No cookie was sealed: it stands for a token that the request brought, of ours or of another issuer. */
  readonly token?: 'personal' | 'issued' | 'api';
  /** It is of a frame in a page of another application, and sealed by keys of its own: never the session of a browser. */
  readonly embed?: Embedded;
}

/** What a connected app's token was taken for, beside what a session says of anybody. */
export interface Embedded {
  /** The client id of the connected app. */
  readonly client: string;
  /** What dashboards are told as user name, where the token said it. */
  readonly shown: string | null;
  readonly scopes: readonly string[];
  /** The origin of the page around the frame. */
  readonly page: string;
}

export interface VouchedBy {
  readonly issuer: string;
  /** What it calls its own session, made unreadable; `null`: it did not say. */
  readonly sid: string | null;
  /** What it says that dashboards are to be told as user name; `null`: the `sub`. */
  readonly user: string | null;
  /** It gave something to ask it by again, which is kept beside: what it says today counts. */
  readonly isRechecked?: true;
}

/** What a session of somebody who acts as another user hangs on: their own, which goes on beside. */
export interface ActingAs {
  readonly sub: string;
  readonly own: Pick<Session, 'jti' | 'writtenSec' | 'endsSec' | 'isRemembered'>;
}

/** The session that somebody signed in by: itself, unless they act as another user. */
export function ownOf(session: Session): Session {
  if (!session.actingAs) return session;
  const { actingAs, ...rest } = session;
  return { ...rest, ...actingAs.own };
}

/** When a session began, in seconds since the epoch. */
export const beganOf = ({ beganSec, authTimeSec }: Pick<Session, 'beganSec' | 'authTimeSec'>): number =>
  beganSec ?? authTimeSec;

/** Whether a cookie of this session is good at an origin: one that was carried to a host is of no use at another. */
export const isGoodAt = ({ host }: Pick<Session, 'host'>, origin: string): boolean =>
  host === undefined || host === new URL(origin).hostname;

/** For how long the cookie of a remembered session outlives the browser, in seconds; `undefined`: it does not. */
export const keptSecOf = ({ isRemembered, endsSec, writtenSec }: Session): number | undefined =>
  isRemembered ? endsSec - writtenSec : undefined;
