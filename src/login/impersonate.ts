import { randomBytes } from 'node:crypto';
import type { Request } from 'express';
import type { Person } from '../directories/directory.ts';
import { DashgateError, NothingHere } from '../errors.ts';
import { ownerOf as actorOf, namesOf } from '../identity/identity.ts';
import { nowSec } from '../lib/clock.ts';
import { ownOf, type Session } from '../session/session.ts';
import { type Arrived, type Desk, keepAlive, returnTarget } from './desk.ts';
import { readFields } from './form.ts';
import { freshProof, proveAnew } from './fresh-proof.ts';
import { handOut } from './hand-out.ts';
import { isOwn, isPerson, type Owner, openOwner } from './owner.ts';
import { IMPERSONATE_FIELDS, type ImpersonateProblem } from './pages/index.ts';

/** Who is there, with what the configuration says of acting as others. */
interface Visit extends Owner {
  readonly impersonation: NonNullable<Desk['impersonation']>;
}

/** Asks as whom to act; who acts already is asked whether to stop. */
export async function showImpersonation(desk: Desk, request: Request, response: Arrived): Promise<void> {
  const { clock, hosts, looks, own } = desk;
  const returnTo = returnTarget(desk, request.query[IMPERSONATE_FIELDS.returnTo], response);
  if (response.locals.arrival.origin !== hosts.signIn) {
    // A session goes out to other hosts from there, and is theirs to end from there.
    const there = new URL(own.impersonate, hosts.signIn);
    if (returnTo !== null) there.searchParams.set(IMPERSONATE_FIELDS.returnTo, returnTo);
    response.redirect(302, there.href);
    return;
  }
  const visit = await visitOf(desk, request, response);
  if (!visit) return;
  const { identity, session } = visit;
  await keepAlive(desk, visit, request, response);
  if (!isPerson(request)) response.json(stateOf(visit));
  else if (identity.act) {
    const { act } = identity;
    const names = { actor: act.name || act.user, name: identity.name || identity.user };
    response
      .type('html')
      .send(looks.pages.acting({ ...names, endsSec: session.endsSec, nowSec: nowSec(clock), returnTo }));
  } else if (await freshProof(desk, request, response, visit, 'impersonate')) showForm(desk, response, visit, null, '');
}

/** Begins to act, stops it, or only proves who is there. */
export async function changeImpersonation(desk: Desk, request: Request, response: Arrived): Promise<void> {
  const { own, hosts } = desk;
  if (!isOwn(request, response, own.impersonate)) return;
  if (response.locals.arrival.origin !== hosts.signIn) {
    if (isPerson(request)) response.redirect(303, new URL(own.impersonate, hosts.signIn).href);
    else response.status(409).json({ error: `Ask at ${hosts.signIn}.` });
    return;
  }
  const visit = await visitOf(desk, request, response);
  if (!visit) return;
  const fields = readFields(request, Object.values(IMPERSONATE_FIELDS));
  const { do: what = 'begin', user = '', password } = fields;
  const returnTo = returnTarget(desk, fields.return_to, response);
  const isActing = visit.identity.act !== undefined;
  if (what === 'stop') {
    if (isActing) await stop(desk, request, response, visit);
    goOn(desk, request, response, returnTo, { acting: false });
  } else if (isActing) {
    if (isPerson(request)) response.redirect(303, own.impersonate);
    else response.status(409).json({ error: 'You act as another user already. Stop first.', reason: 'acting' });
  } else if (what === 'prove') {
    await proveAnew(desk, request, response, visit, 'impersonate', password);
  } else if (await freshProof(desk, request, response, visit, 'impersonate', password)) {
    const person = await findPerson(desk, response, visit, user);
    if (typeof person === 'string') refuse(desk, request, response, visit, person, user);
    else {
      await begin(desk, request, response, visit, person);
      goOn(desk, request, response, returnTo, { acting: true, user: person.user });
    }
  }
}

/** @returns `null` where nobody is there who may act as others, which has been answered */
async function visitOf(desk: Desk, request: Request, response: Arrived): Promise<Visit | null> {
  const { impersonation, looks } = desk;
  if (!impersonation) throw new NothingHere('nobody can act as another user here');
  const owner = await openOwner(desk, request, response);
  if (!owner) return null;
  if (owner.identity.act || impersonation.acting.mayAct(owner.identity)) return { ...owner, impersonation };
  const { name, user } = owner.identity;
  response.status(403);
  if (isPerson(request)) response.type('html').send(looks.pages.mayNotAct(name || user));
  else response.json({ error: 'You cannot act as another user.' });
  return null;
}

async function findPerson(
  { warn }: Desk,
  response: Arrived,
  { identity, impersonation }: Visit,
  user: string,
): Promise<Person | ImpersonateProblem> {
  try {
    return await impersonation.acting.find(identity, user);
  } catch (error) {
    if (!(error instanceof DashgateError)) throw error;
    warn(`nobody can be looked up to act as, for request ${response.locals.arrival.requestId}`, error);
    return 'unavailable';
  }
}

/**
 * The session of who acts goes on under another name, so that its cookies elsewhere are worth nothing meanwhile, and one that hangs
 * on it is handed out.
 */
async function begin(desk: Desk, request: Request, response: Arrived, visit: Visit, person: Person): Promise<void> {
  const { clock, elsewhere, live, sessions } = desk;
  const { identity, impersonation, session } = visit;
  const now = nowSec(clock);
  const { isRemembered, ...plain } = session;
  const own = {
    ...{ jti: newName(), writtenSec: now, endsSec: session.endsSec },
    ...(isRemembered && { isRemembered }),
  };
  await elsewhere.providers.move(session, own.jti);
  const idToken = await elsewhere.idTokens.take(session.jti);
  if (idToken !== null) elsewhere.idTokens.keep(own.jti, idToken);
  const acting: Session = {
    ...plain,
    ...{ jti: newName(), endsSec: Math.min(session.endsSec, now + impersonation.lifetimeSec) },
    actingAs: { sub: person.sub, own },
  };
  const sealed = await sessions.anew(acting);
  sessions.end(session);
  live.drop(session.jti);
  await sessions.confirmEnds();
  await keepAlive(desk, { session: ownOf(acting), identity }, request, response);
  handOut(desk, request, response, sealed);
  audit(desk, response, 'impersonation-began', { who: person.sub, actor: identity.sub }, 'asked');
}

/** Their own session again, as it was. */
async function stop(desk: Desk, request: Request, response: Arrived, { identity, session }: Visit): Promise<void> {
  const { sessions } = desk;
  const sealed = await sessions.anew(ownOf(session));
  sessions.end(session);
  await sessions.confirmEnds();
  handOut(desk, request, response, sealed);
  audit(desk, response, 'impersonation-ended', namesOf(identity), 'asked');
}

function refuse(
  desk: Desk,
  request: Request,
  response: Arrived,
  visit: Visit,
  problem: ImpersonateProblem,
  user: string,
): void {
  audit(desk, response, 'impersonation-refused', { who: user, actor: visit.identity.sub }, problem);
  response.status(STATUSES[problem]);
  if (isPerson(request)) showForm(desk, response, visit, problem, user);
  else response.json({ error: ERRORS[problem], reason: problem });
}

function showForm(
  { looks }: Desk,
  response: Arrived,
  { identity, impersonation }: Visit,
  problem: ImpersonateProblem | null,
  user: string,
): void {
  const { lifetimeSec } = impersonation;
  const name = identity.name || identity.user;
  response.type('html').send(looks.pages.impersonate({ name, lifetimeSec, user, problem }));
}

function goOn(
  { own }: Desk,
  request: Request,
  response: Arrived,
  returnTo: string | null,
  state: { readonly acting: boolean; readonly user?: string },
): void {
  if (isPerson(request)) response.redirect(303, returnTo ?? own.login);
  else response.json(state);
}

const stateOf = ({ identity, session }: Visit) => ({
  acting: identity.act !== undefined,
  user: identity.user,
  actor: actorOf(identity).user,
  expires_at: session.endsSec,
});

function audit(
  { audit: write }: Desk,
  { locals }: Arrived,
  event: 'impersonation-began' | 'impersonation-ended' | 'impersonation-refused',
  names: { readonly who: string; readonly actor?: string },
  why: string,
): void {
  const { clientAddress, requestId } = locals.arrival;
  write({ event, ...names, what: 'impersonation', why, from: clientAddress, request: requestId });
}

const newName = (): string => randomBytes(16).toString('base64url');

const STATUSES = { unknown: 404, protected: 403, unavailable: 503 } satisfies Record<ImpersonateProblem, number>;

const ERRORS = {
  unknown: 'No directory here has a user of this name.',
  protected: 'Nobody can act as this user here.',
  unavailable: 'Users cannot be looked up at the moment. Try again later.',
} satisfies Record<ImpersonateProblem, string>;
