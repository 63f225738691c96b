import { randomBytes } from 'node:crypto';
import type { Vouched, Vouching } from '../identity/connected/connected-apps.ts';
import { type Clock, nowSec } from '../lib/clock.ts';
import { newest } from '../lib/lru.ts';
import { sealToFit } from '../session/fit.ts';
import type { DerivedKey } from '../session/key-ring.ts';
import { type Embedded, isGoodAt, type Session } from '../session/session.ts';
import type { Sealed, SessionFinding, Sessions } from '../session/sessions.ts';
import { open, seal } from '../session/token.ts';
import { MOST_TOKEN, readEmbedCookie } from './cookie.ts';

/** A session of a frame. */
export type EmbedSession = Session & { readonly embed: Embedded };

export type EmbedFinding =
  | { readonly kind: 'absent' }
  | { readonly kind: 'open'; readonly session: EmbedSession }
  | {
      readonly kind: 'no';
      readonly reason: Extract<SessionFinding, { kind: 'no' }>['reason'] | 'duplicate-cookie';
      /** What its cookie says, where it is one of ours and good at that host; it counts no more. */
      readonly session: EmbedSession | null;
    };

/** Begins, renews and finds the sessions of frames: as others, under keys of their own. */
export interface EmbedSessions {
  /**
   * @param page - the origin of the page around the frame
   * @param origin - the one of ours that was asked; it is good at no other host
   * @param before - what the browser had there: of the same user and connected app it goes on, with what the new token says
   */
  begin(vouched: Vouched, page: string, origin: string, before: EmbedSession | null): Promise<Sealed>;
  /** Throws StoreUnavailable as Sessions does. */
  find(cookieHeader: string | undefined, origin: string): EmbedFinding;
  /** The same session as its newest cookie that came here says it: what is open lasts for as long. */
  newest(session: Session): Session;
}

export interface EmbedSessionsOptions {
  readonly issuer: string;
  /** Read anew for each token, so that a reloaded ring counts at once. */
  readonly keys: () => readonly DerivedKey[];
  readonly sessions: Pick<Sessions, 'judge' | 'isLive'>;
  readonly clock: Clock;
}

/** Whether two sessions are one user's, vouched for by one connected app. */
export const isSameUser = (one: EmbedSession, vouched: Pick<Vouched, 'client' | 'vouching'>): boolean =>
  one.embed.client === vouched.client && one.sub === vouched.vouching.sub;

/** What was vouched for, to be judged by today's configuration. */
export const vouchingOf = ({ sub, name, email, groups, allowedResources, embed }: EmbedSession): Vouching => ({
  ...{ client: embed.client, shown: embed.shown, scopes: embed.scopes },
  ...{ sub, name, email, groups, resources: allowedResources },
});

/** Of a token that was opened, by its exact bytes: what it says, never a verdict. */
const MOST_OPENED = 2000;
const MOST_NEWEST = 10_000;

export function createEmbedSessions({ issuer, keys, sessions, clock }: EmbedSessionsOptions): EmbedSessions {
  const opened = newest<{ readonly kid: string; readonly session: EmbedSession }>(MOST_OPENED);
  const current = newest<Session>(MOST_NEWEST);

  const note = (session: Session): void => {
    const known = current.get(session.jti);
    if (!known || known.endsSec < session.endsSec) current.set(session.jti, session);
  };

  const read = (token: string): EmbedSession | null => {
    const ring = keys();
    const known = opened.get(token);
    if (known && ring.some(({ kid }) => kid === known.kid)) return known.session;
    const session = token.length <= MOST_TOKEN ? open(token, issuer, ring) : null;
    if (!session?.embed) return null;
    const found = { ...session, embed: session.embed };
    const kid = kidOf(token);
    if (kid !== null) opened.set(token, { kid, session: found });
    return found;
  };

  return {
    async begin({ vouching, client, ends }, page, origin, before) {
      const now = nowSec(clock);
      const goesOn = before && isSameUser(before, { client, vouching }) && sessions.isLive(before);
      const { sub, shown, name, email, groups, resources, scopes } = vouching;
      const session: Session = {
        ...{ sub, name, email, groups, allowedResources: resources, amr: ['connected-app'] },
        // Nobody says when the user proved anything.
        ...{ authTimeSec: 0, beganSec: now, writtenSec: now, endsSec: ends },
        jti: goesOn ? before.jti : randomBytes(16).toString('base64url'),
        host: new URL(origin).hostname,
        embed: { client, shown, scopes, page },
      };
      const sealed = await sealToFit(session, MOST_TOKEN, (brief) => seal(brief, issuer, keys()));
      note(sealed.session);
      return sealed;
    },
    find(cookieHeader, origin) {
      const cookie = readEmbedCookie(cookieHeader);
      if (cookie === null) return { kind: 'absent' };
      if (cookie === 'duplicate') return { kind: 'no', reason: 'duplicate-cookie', session: null };
      const session = read(cookie.token);
      if (!session || !isGoodAt(session, origin)) return { kind: 'no', reason: 'session-unreadable', session: null };
      const found = sessions.judge(session);
      if (found.kind === 'no') return { kind: 'no', reason: found.reason, session };
      note(session);
      return { kind: 'open', session };
    },
    newest: (session) => current.get(session.jti) ?? session,
  };
}

/** By which key of the ring it was sealed; `null`: its header does not say. */
function kidOf(token: string): string | null {
  try {
    const header: unknown = JSON.parse(Buffer.from(token.split('.', 1)[0] ?? '', 'base64url').toString());
    const kid: unknown = typeof header === 'object' && header !== null ? Reflect.get(header, 'kid') : null;
    return typeof kid === 'string' ? kid : null;
  } catch {
    return null;
  }
}
