import type { FrameOf } from '../adapters/proxy.ts';
import type { ConnectedApps } from '../identity/connected/connected-apps.ts';
import type { EmbedSession, EmbedSessions } from './embed-sessions.ts';
import { ancestorsOf } from './framing.ts';
import { canBeOfFrame } from './from-frame.ts';
import { markOf } from './mark.ts';

export interface FrameOfOptions {
  readonly embeds: Pick<EmbedSessions, 'find' | 'newest'>;
  readonly find: ConnectedApps['find'];
}

/**
 * What of its frame an allowed request has to know: where it was let through by the session of one, or is for anybody and comes from
 * a frame that has one.
 */
export const createFrameOf =
  ({ embeds, find }: FrameOfOptions): FrameOf =>
  (request, basis) => {
    const session = basis ? basis.session : openIn(request);
    if (!session?.embed) return null;
    const { endsSec } = embeds.newest(session);
    const host = find(session.embed.client);
    return { ancestors: ancestorsOf(host ? [host] : []), mark: markOf(session), page: session.embed.page, endsSec };

    function openIn({ headers, isUpgrade, app }: typeof request): EmbedSession | null {
      if (!canBeOfFrame(headers, isUpgrade, app.origin)) return null;
      const found = embeds.find(headers.cookie, app.origin);
      return found.kind === 'open' ? found.session : null;
    }
  };
