import type { Request } from 'express';
import type { Mode } from '../config/schema/credentials.ts';
import type { Person } from '../directories/directory.ts';
import { DashgateError } from '../errors.ts';
import type { Identity } from '../identity/identity.ts';
import type { Claim } from '../identity/modes.ts';
import { nowSec } from '../lib/clock.ts';
import type { Session } from '../session/session.ts';
import { type Arrived, type Desk, endSession, FOREIGN_POST, keepAlive, note, returnTarget, wantsJson } from './desk.ts';
import { isOwnPost, readFields } from './form.ts';
import { handOut } from './hand-out.ts';
import { afterSignIn } from './handoff.ts';
import { modeMeant } from './mode-choice.ts';
import { LOGIN_FIELDS, type LoginProblem } from './pages/index.ts';
import { rememberedUser, rememberUser } from './remembered-user.ts';
import { showForm } from './sign-in-page.ts';

/** The form, or JSON: a user name and a password for a session. */
export async function signIn(desk: Desk, request: Request, response: Arrived): Promise<void> {
  const { modes } = desk;
  if (!isOwnPost(request, response.locals.arrival.origin)) {
    note(desk, response, 'login-refused', '', 'cross-site');
    refuse(desk, request, response.status(403), { kind: 'form-refused' }, FOREIGN_POST, null);
    return;
  }
  const fields = readFields(request, Object.values(LOGIN_FIELDS));
  const { user = '', password = '' } = fields;
  const returnTo = returnTarget(desk, fields.return_to, response);
  // Whoever signs in means to be somebody anew: what the browser had before ends here, whatever comes of it.
  await endSession(desk, request, response);
  const mode = modeMeant(modes, fields.mode);
  if (mode === null) {
    note(desk, response, 'login-refused', '', 'mode-not-offered');
    const error = `Name one of the modes that are offered: ${modes.offered.join(', ')}.`;
    refuse(desk, request, response.status(400), { kind: 'not-offered' }, error, returnTo);
    return;
  }
  const claim = modes.claim(mode, user, password);
  if (claim.kind === 'refused') {
    refuse(desk, request, response.status(400), { kind: claim.why }, UNTAKEN[claim.why], returnTo, mode);
  } else if (claim.kind === 'label') {
    await welcome(desk, request, response, { ...claim, mode, user, returnTo, wantsToStay: false });
  } else {
    const wantsToStay = desk.rules.rememberMs !== null && fields.remember === 'on';
    await checkPassword(desk, request, response, claim, { mode, user, returnTo, wantsToStay });
  }
}

/** What is said to a program of what was not even looked at. */
const UNTAKEN = {
  incomplete: 'What this mode needs is missing: user, password or both.',
  'bad-name': 'This is no user name: 1 to 64 characters, without a colon, and without a space at either end.',
  'not-wanted': 'This mode takes no such field, and would not look at it.',
} satisfies Record<Extract<Claim, { kind: 'refused' }>['why'], string>;

/** Which form was filled in, and where to go afterwards. */
interface Form {
  readonly mode: Mode;
  /** As it was typed. */
  readonly user: string;
  readonly returnTo: string | null;
  /** Asked to be remembered, where that is offered. */
  readonly wantsToStay: boolean;
}

async function checkPassword(
  desk: Desk,
  request: Request,
  response: Arrived,
  { name, verify }: Extract<Claim, { kind: 'password' }>,
  form: Form,
): Promise<void> {
  const { attempts, device, metrics } = desk;
  const { mode, user, returnTo } = form;
  const { clientAddress } = response.locals.arrival;
  const attempt = { user: name, address: clientAddress, device: () => device.read(request, name) };
  const found = await attempts.make(attempt, verify).catch((error: unknown) => {
    if (error instanceof DashgateError) return error;
    throw error;
  });
  if (found instanceof DashgateError) {
    note(desk, response, 'login-refused', user, found.code);
    metrics.signedIn('unavailable');
    if (found.retryAfterSec !== undefined) response.set('Retry-After', String(found.retryAfterSec));
    const error = 'Signing in is not possible at the moment.';
    refuse(desk, request, response.status(503), { kind: 'unavailable' }, error, returnTo, mode);
  } else if (found.kind === 'delayed') {
    const { retryAfterSec } = found;
    note(desk, response, 'login-refused', name, 'too-many-attempts');
    metrics.signedIn('delayed');
    response.status(429).set('Retry-After', String(retryAfterSec));
    const error = 'Too many attempts. Try again later.';
    refuse(desk, request, response, { kind: 'locked-out', retryAfterSec }, error, returnTo, mode);
  } else if (found.kind === 'wrong') {
    note(desk, response, 'login-refused', name, found.reason);
    metrics.signedIn('refused');
    const error = mode === 'auth-pass' ? 'The password is wrong.' : 'User name or password is wrong.';
    refuse(desk, request, response.status(401), { kind: 'wrong-credentials' }, error, returnTo, mode);
  } else await welcome(desk, request, response, { ...form, person: found.person, proved: name });
}

interface Guest extends Form {
  readonly person: Person;
  /** The name whose password was right, canonical; absent where nothing was proved. */
  readonly proved?: string;
}

async function welcome(
  desk: Desk,
  request: Request,
  response: Arrived,
  { person, proved, mode, user, returnTo, wantsToStay }: Guest,
): Promise<void> {
  const { clock, device, identityOf, metrics, own, sessions } = desk;
  const { origin } = response.locals.arrival;
  const amr = proved === undefined ? [] : ['pwd'];
  const identity = identityOf(person, { amr, authTimeSec: nowSec(clock) });
  const begun = await sessions.begin(identity, wantsToStay);
  const { session } = begun;
  await keepAlive(desk, { session, identity }, request, response);
  note(desk, response, 'login', identity.sub, mode === 'auth-user-pass' ? 'password' : mode);
  metrics.signedIn('signed-in');
  handOut(desk, request, response, begun);
  const hasUser = mode !== 'auth-none' && mode !== 'auth-pass';
  const typed = hasUser ? identity.user || user : rememberedUser(request).user;
  const isHttps = origin.startsWith('https:');
  rememberUser(response, { user: typed, mode }, own.login, isHttps);
  // A name that was only said is no reason to be counted apart from strangers.
  if (proved !== undefined) device.write(response, proved, own.login, isHttps);
  const target = returnTo ?? `${origin}${own.login}`;
  if (wantsJson(request)) response.json(sessionJson(identity, session, target));
  else response.redirect(303, afterSignIn(desk, target));
}

const sessionJson = ({ user, name }: Identity, { endsSec }: Session, target: string) => ({
  user,
  name,
  expires_at: endsSec,
  return_to: target,
});

function refuse(
  desk: Desk,
  request: Request,
  response: Arrived,
  problem: LoginProblem,
  error: string,
  returnTo: string | null,
  mode?: Mode,
): void {
  if (wantsJson(request)) response.json({ error });
  else showForm(desk, request, response, { returnTo, problem, ...(mode && { mode }) });
}
