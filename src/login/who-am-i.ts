import type { Request } from 'express';
import type { Arrived, Desk } from './desk.ts';

/** Who is signed in, and until when. Claims only: never a token, nor anything that could be used as one. */
export async function whoAmI({ readSession, sessions }: Desk, request: Request, response: Arrived): Promise<void> {
  const found = await readSession(request.headers.cookie);
  if (found?.kind !== 'identified') {
    response.status(401).set('WWW-Authenticate', 'Dashgate realm="dashgate"').json({ error: 'You are not signed in.' });
    return;
  }
  const { identity, session } = found;
  response.json({
    sub: identity.sub,
    user: identity.user,
    name: identity.name,
    email: identity.email,
    groups: identity.groups,
    allowed_resources: identity.allowedResources,
    amr: identity.amr,
    auth_time: session.authTimeSec,
    expires_at: session.endsSec,
    // To ask is no use, so that a page can look how long it has.
    ends_unless_used_at: sessions.endOf(session),
  });
}
