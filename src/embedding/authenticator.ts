import type { AccessRequest } from '../access/request.ts';
import type { Authenticator, By, Finding, RejectionReason } from '../identity/authenticate.ts';
import type { ConnectedApps } from '../identity/connected/connected-apps.ts';
import type { Session } from '../session/session.ts';
import { type EmbedSession, type EmbedSessions, vouchingOf } from './embed-sessions.ts';
import { canBeOfFrame, loadsOther } from './from-frame.ts';
import { markOf } from './mark.ts';

const by: By = 'embed';
const rejected = (reason: RejectionReason, user = ''): Finding => ({ kind: 'rejected', reason, by, user });

/** The person behind a session of a frame, by what the configuration says today. */
export const createEmbedFinder =
  (connected: Pick<ConnectedApps, 'identify'>) =>
  async (session: EmbedSession): Promise<Finding> => {
    const identity = await connected.identify(vouchingOf(session));
    if (!identity) return rejected('session-revoked', session.sub);
    return { kind: 'identified', identity, by, session, isNew: false, setCookies: [] };
  };

export type FindEmbedded = ReturnType<typeof createEmbedFinder>;

/**
 * The cookie of a frame as a credential. Before all others: where a request may be of the frame, no session of the browser's, nor
 * anything else that it carries, lends it more. One whose page was loaded by another session is refused, whatever is in the cookie.
 */
export const createEmbedAuthenticator =
  (embeds: Pick<EmbedSessions, 'find'>, find: FindEmbedded): Authenticator<AccessRequest> =>
  async ({ frame, headers, isUpgrade, app }) => {
    if (!frame) return null;
    const { mark } = frame;
    const found = canBeOfFrame(headers, isUpgrade, app.origin)
      ? embeds.find(headers.cookie, app.origin)
      : ({ kind: 'absent' } as const);
    // Nor is what the browser's own session has for an object in a page that may be in a frame.
    const isBeside =
      mark !== null || (loadsOther(headers) && embeds.find(headers.cookie, app.origin).kind !== 'absent');
    if (found.kind === 'absent') return isBeside ? rejected('session-expired') : null;
    if (found.kind === 'no') return rejected(found.reason, found.session?.sub);
    const { session } = found;
    if (mark !== null && mark !== markOf(session)) return rejected('session-revoked', session.sub);
    return find(session);
  };

/** What stays open hangs on the session, for as long as its newest cookie says. */
export const createHeldEmbed =
  (embeds: Pick<EmbedSessions, 'newest'>, find: FindEmbedded, isLive: (session: Session) => boolean) =>
  (held: Session): Authenticator =>
  async () => {
    const { embed, ...session } = embeds.newest(held);
    if (!embed || !isLive({ ...session, embed })) return rejected('session-revoked', held.sub);
    return find({ ...session, embed });
  };
