import type { AccessRequest } from '../access/request.ts';
import { countsAsUse } from '../access/use.ts';
import { type Identity, ownerOf } from '../identity/identity.ts';
import type { Use } from '../identity/session-cookie.ts';
import { ownOf, type Session } from '../session/session.ts';
import type { SessionCookies } from '../session/session-cookies.ts';
import type { GateParts } from './parts.ts';

type Used = readonly [session: Session, identity: Identity, request: AccessRequest];
type Held = { readonly session: Session };

/** What keeps a session from ending for want of use, and who is seen in it. */
export interface SessionUse {
  /** To be told of whoever uses a session, once that is known. */
  noteOf(...used: Used): () => void;
  /** What a request by a session's cookie means for it. */
  useOf(...used: Used): Use;
  /** What was said on a connection that is open. */
  onMessage(basis: Held, identity: Identity, request: AccessRequest): void;
  /** It turned out that a person is behind a request. @returns Set-Cookie values, where its session is due */
  onUse(basis: Held, identity: Identity, request: AccessRequest): Promise<readonly string[]>;
}

/** Of what does not count. */
export const noUse: Use = () => null;

export function createSessionUse(
  { sessions, live }: Pick<GateParts, 'sessions' | 'live'>,
  cookies: Pick<SessionCookies, 'write'>,
): SessionUse {
  const noteOf = (...[session, identity, { clientAddress: address, headers }]: Used) => {
    const by = { user: ownerOf(identity).user, address, agent: headers['user-agent'] };
    return () => live.note(ownOf(session), by);
  };
  return {
    noteOf,
    useOf(session, identity, request) {
      if (request.isUseInBody || !countsAsUse(request)) return noUse;
      const note = noteOf(session, identity, request);
      return () => {
        note();
        return sessions.use(session);
      };
    },
    onMessage({ session }, identity, request) {
      if (session.token || session.embed) return;
      // What is said before an end is acted upon brings nothing back.
      if (!sessions.isLive(session)) return;
      sessions.touch(session);
      noteOf(session, identity, request)();
    },
    async onUse({ session }, identity, request) {
      if (!sessions.isLive(session) || !countsAsUse(request)) return [];
      noteOf(session, identity, request)();
      const sealed = await sessions.use(session);
      return sealed ? cookies.write(sealed.token, request.app.origin) : [];
    },
  };
}
