import type { NextFunction, Request } from 'express';
import { nowSec } from '../lib/clock.ts';
import { EMBED_COOKIE } from '../session/cookie.ts';
import type { Arrived, EmbedDesk } from './desk.ts';
import { canBeOfFrame } from './from-frame.ts';
import { MARK_HEADER, markOf } from './mark.ts';

const isMarked = ({ headers }: Request): boolean => headers[MARK_HEADER] !== undefined;
const hasCookie = ({ headers }: Request): boolean => headers.cookie?.includes(EMBED_COOKIE) ?? false;

/** `GET /_dashgate/session` of a frame: claims, never a token. Of others it goes on. */
export async function whoIsIn(
  { embeds, findEmbedded, clock }: EmbedDesk,
  request: Request,
  response: Arrived,
  next: NextFunction,
): Promise<void> {
  const { origin } = response.locals.arrival;
  const canBe = canBeOfFrame(request.headers, false, origin);
  if (!isMarked(request) && !(canBe && hasCookie(request))) return next();
  const found = canBe ? embeds.find(request.headers.cookie, origin) : null;
  const isTheirs =
    found?.kind === 'open' && (!isMarked(request) || request.headers[MARK_HEADER] === markOf(found.session));
  const who = isTheirs ? await findEmbedded(found.session) : null;
  if (!isTheirs || who?.kind !== 'identified') {
    response.status(401).set('WWW-Authenticate', 'Dashgate realm="dashgate"').json({ error: 'This view has ended.' });
    return;
  }
  const { identity } = who;
  response.json({
    ...{ sub: identity.sub, user: identity.user, name: identity.name, email: identity.email, groups: identity.groups },
    ...{ allowed_resources: identity.allowedResources, amr: identity.amr, auth_time: identity.authTimeSec },
    embed: { client: found.session.embed.client, scopes: found.session.embed.scopes },
    expires_at: found.session.endsSec,
    ends_unless_used_at: found.session.endsSec,
    now: nowSec(clock),
  });
}

/**
 * Nothing else of ours is for a frame: no session, token or sign-in is looked at or ended from there. A window of its own is nobody's
 * frame, and is let by, as is whoever has no cookie of a frame.
 */
export function keepOut(_desk: EmbedDesk, request: Request, response: Arrived, next: NextFunction): void {
  const isWindow = request.headers['sec-fetch-dest'] === 'document' && !isMarked(request);
  if (isWindow || !(hasCookie(request) || isMarked(request))) next();
  else response.status(403).json({ error: 'This is not for a frame in another page.', reason: 'embedded' });
}
