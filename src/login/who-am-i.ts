import type { Request } from 'express';
import type { Finding } from '../identity/authenticate.ts';
import { nowSec } from '../lib/clock.ts';
import { type Arrived, type Desk, FOREIGN_POST, keepAlive } from './desk.ts';
import { isOwnPost } from './form.ts';

type Found = Extract<Finding, { kind: 'identified' }>;

/** Who is signed in, and until when. Claims only: never a token, nor anything that could be used as one. */
export async function whoAmI(desk: Desk, request: Request, response: Arrived): Promise<void> {
  const found = await findOr401(desk, request, response);
  if (found) response.json(claimsOf(desk, found));
}

/** The same for who says that they are still there: that is use, and nothing else. */
export async function stayHere(desk: Desk, request: Request, response: Arrived): Promise<void> {
  if (!isOwnPost(request, response.locals.arrival.origin)) {
    response.status(403).json({ error: FOREIGN_POST });
    return;
  }
  const found = await findOr401(desk, request, response);
  if (!found) return;
  await keepAlive(desk, found, request, response);
  response.json(claimsOf(desk, found));
}

async function findOr401({ readSession }: Desk, request: Request, response: Arrived): Promise<Found | null> {
  const found = await readSession(request.headers.cookie, response.locals.arrival.origin);
  if (found?.kind === 'identified') return found;
  response.status(401).set('WWW-Authenticate', 'Dashgate realm="dashgate"').json({ error: 'You are not signed in.' });
  return null;
}

function claimsOf({ clock, sessions }: Desk, { identity, session }: Found) {
  return {
    sub: identity.sub,
    user: identity.user,
    name: identity.name,
    email: identity.email,
    groups: identity.groups,
    allowed_resources: identity.allowedResources,
    amr: identity.amr,
    // Who acts as this one (RFC 8693 §4.1).
    ...(identity.act && { act: identity.act }),
    auth_time: session.authTimeSec,
    expires_at: session.endsSec,
    // To ask is no use, so that a page can look how long it has.
    ends_unless_used_at: sessions.endOf(session),
    // What the others are to be measured by: the clock of a browser may be anything.
    now: nowSec(clock),
  };
}
