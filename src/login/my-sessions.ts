import type { Request } from 'express';
import type { Arrival } from '../http/own-pages.ts';
import { isOfApiToken } from '../identity/api-tokens/api-token.ts';
import { browserName } from '../lib/browser-name.ts';
import { nowSec } from '../lib/clock.ts';
import type { LiveSession } from '../session/live-sessions.ts';
import { beganOf, type Session } from '../session/session.ts';
import { type Arrived, type Desk, endSession, keepAlive, note } from './desk.ts';
import { readFields } from './form.ts';
import { freshProof } from './fresh-proof.ts';
import { beginInstead, isOwn, isPerson, type Owner, ownerOf } from './owner.ts';
import { SESSIONS_FIELDS } from './pages/index.ts';
import { hasProof } from './proof.ts';

/** My sessions: a page for people, a list for programs. */
export async function showSessions(desk: Desk, request: Request, response: Arrived): Promise<void> {
  const owner = await ownerOf(desk, request, response);
  if (!owner) return;
  await keepAlive(desk, owner, request, response);
  const { clock, looks } = desk;
  const sessions = await sessionsOf(desk, owner.session, response.locals.arrival, request);
  const current = owner.session.jti;
  if (!isPerson(request)) {
    response.json({ sessions: sessions.map((each) => toJson(each, current)) });
    return;
  }
  const { name, user } = owner.identity;
  response.type('html').send(
    looks.pages.sessions({
      name: name || user,
      nowSec: nowSec(clock),
      sessions: sessions.map((each) => ({ ...each, isCurrent: each.jti === current })),
      mayEndOthers: hasProof(owner.session),
      hasTokens: desk.tokens !== null,
    }),
  );
}

/** The form of the page: ends one session, or all others. */
export async function changeSessions(desk: Desk, request: Request, response: Arrived): Promise<void> {
  if (!isOwn(request, response, desk.own.sessions)) return;
  const owner = await ownerOf(desk, request, response);
  if (!owner) return;
  const { end, password } = readFields(request, Object.values(SESSIONS_FIELDS));
  if (end === 'others') await endOthers(desk, request, response, owner, password);
  else await endOne(desk, request, response, owner, end ?? '');
}

/** `DELETE /_dashgate/sessions`: all others; `DELETE /_dashgate/sessions/ID`: that one. */
export async function deleteSessions(desk: Desk, request: Request, response: Arrived): Promise<void> {
  if (!isOwn(request, response, desk.own.sessions)) return;
  const owner = await ownerOf(desk, request, response);
  if (!owner) return;
  const { id } = request.params;
  const { password } = readFields(request, [SESSIONS_FIELDS.password]);
  if (typeof id === 'string') await endOne(desk, request, response, owner, id);
  else await endOthers(desk, request, response, owner, password);
}

/** This one first. Who only said a name shares it with whoever says it too, and is shown their own session only. */
async function sessionsOf(
  { live, sessions }: Desk,
  own: Session,
  from: Arrival,
  request: Request,
): Promise<LiveSession[]> {
  const known = hasProof(own) ? await live.of(own.sub) : [];
  const all = known.filter((each) => sessions.isLive(asSession(each)));
  const listed = all.find(({ jti }) => jti === own.jti) ?? {
    ...{ jti: own.jti, sub: own.sub, user: '', beganSec: beganOf(own), endsSec: own.endsSec },
    ...{ usedSec: own.writtenSec, isRemembered: own.isRemembered ?? false },
    ...{ address: from.clientAddress, browser: browserName(request.headers['user-agent']) },
  };
  return [listed, ...all.filter(({ jti }) => jti !== own.jti)];
}

/** As the store judges one that is listed, which is one that proved something; what it was sealed with makes no difference. */
const asSession = ({ jti, sub, beganSec, endsSec, usedSec, isRemembered }: LiveSession): Session => ({
  ...{ jti, sub, endsSec, authTimeSec: beganSec, writtenSec: usedSec },
  ...{ name: '', email: '', groups: [], allowedResources: [], amr: ['pwd'] },
  ...(isRemembered && { isRemembered }),
  // Those have an end of their own for what is not used.
  ...(isOfApiToken(jti) && { token: 'api' }),
});

async function endOne(desk: Desk, request: Request, response: Arrived, { session }: Owner, id: string): Promise<void> {
  const { live, own, sessions } = desk;
  const wanted = (await sessionsOf(desk, session, response.locals.arrival, request)).find(({ jti }) => jti === id);
  if (!wanted) {
    if (isPerson(request)) response.redirect(303, own.sessions);
    else response.status(404).json({ error: 'You have no such session.' });
    return;
  }
  if (wanted.jti === session.jti) await endSession(desk, request, response);
  else {
    sessions.end(asSession(wanted));
    live.drop(wanted.jti);
  }
  await sessions.confirmEnds();
  note(desk, response, 'logout', session.sub, wanted.jti === session.jti ? 'asked' : 'one-session');
  if (!isPerson(request)) response.json({ ended: 1 });
  else response.redirect(303, wanted.jti === session.jti ? own.logout : own.sessions);
}

async function endOthers(
  desk: Desk,
  request: Request,
  response: Arrived,
  owner: Owner,
  password: string | undefined,
): Promise<void> {
  const { clock, live, sessions } = desk;
  const { session } = owner;
  if (!hasProof(session)) {
    response.status(403).json({ error: 'Who only said a name cannot end the sessions of others who said it too.' });
    return;
  }
  const proof = await freshProof(desk, request, response, owner, 'end-others', password);
  if (!proof) return;
  const all = await sessionsOf(desk, session, response.locals.arrival, request);
  const others = all.filter(({ jti }) => jti !== session.jti);
  if (proof.isNow) {
    sessions.endAllOf(session.sub, nowSec(clock));
    await beginInstead(desk, request, response, owner);
  } else {
    // What began before this one, known or not; and what is known to have begun in the minutes since.
    sessions.endAllOf(session.sub, beganOf(session) - 1);
    for (const other of others) if (other.beganSec >= beganOf(session)) sessions.end(asSession(other));
  }
  for (const { jti } of others) live.drop(jti);
  // Those that one of the others made meanwhile as well.
  for (const token of (await desk.tokens?.tokens.of(session.sub)) ?? []) await desk.tokens?.tokens.end(token);
  await sessions.confirmEnds();
  note(desk, response, 'logout', session.sub, 'other-sessions');
  if (isPerson(request)) response.redirect(303, desk.own.sessions);
  else response.json({ ended: others.length });
}

const toJson = (
  { jti, beganSec, usedSec, endsSec, address, browser, isRemembered }: LiveSession,
  current: string,
): Record<string, unknown> => ({
  id: jti,
  current: jti === current,
  began_at: beganSec,
  used_at: usedSec,
  expires_at: endsSec,
  remembered: isRemembered,
  address,
  browser,
});
