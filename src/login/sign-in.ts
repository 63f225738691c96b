import type { Request } from 'express';
import { openPlaces } from '../access/app.ts';
import type { Person } from '../directories/directory.ts';
import { DashgateError } from '../errors.ts';
import { PREFIX } from '../http/prefix.ts';
import type { Identity } from '../identity/identity.ts';
import { nowSec } from '../lib/clock.ts';
import type { Session } from '../session/session.ts';
import { type Arrived, type Desk, endSession, FOREIGN_POST, note, returnTarget, wantsJson } from './desk.ts';
import { isOwnPost, readFields } from './form.ts';
import { LOGIN_FIELDS, type LoginProblem, type LoginView } from './pages/index.ts';
import { rememberedUser, rememberUser } from './remembered-user.ts';

/** The page: the form, or for who is signed in already the way on. */
export async function showSignIn(desk: Desk, request: Request, response: Arrived): Promise<void> {
  const { apps, cookies, pages, readSession } = desk;
  const returnTo = returnTarget(request.query[LOGIN_FIELDS.returnTo], response);
  const found = await readSession(request.headers.cookie);
  if (found?.kind === 'identified') {
    const { identity } = found;
    const name = identity.name || identity.user;
    if (returnTo) show(desk, request, response, { returnTo, signedIn: { name, continueTo: returnTo } });
    else response.type('html').send(pages.landing({ name, apps: openPlaces(apps, identity) }));
    return;
  }
  if (found) response.append('Set-Cookie', cookies.clear(request.headers.cookie, response.locals.arrival.origin));
  const why = found?.kind === 'rejected' ? found.reason : null;
  const ended = why === 'session-expired' || why === 'session-revoked';
  show(desk, request, response, { returnTo, notice: ended ? 'session-ended' : null });
}

/** The form, or JSON: a user name and a password for a session. */
export async function signIn(desk: Desk, request: Request, response: Arrived): Promise<void> {
  const { attempts, device, directory, metrics, readSession } = desk;
  if (!isOwnPost(request, response.locals.arrival.origin)) {
    note(desk, response, 'login-refused', '', 'cross-site');
    refuse(desk, request, response.status(403), { kind: 'form-refused' }, FOREIGN_POST, null);
    return;
  }
  const fields = readFields(request, [LOGIN_FIELDS.user, LOGIN_FIELDS.password, LOGIN_FIELDS.returnTo]);
  const { user = '', password = '' } = fields;
  const returnTo = returnTarget(fields.return_to, response);
  // Whoever signs in means to be somebody anew: what the browser had before ends here, whatever comes of it.
  endSession(desk, await readSession(request.headers.cookie), request, response);
  if (user === '' || password === '') {
    const error = 'The fields user and password are both needed.';
    refuse(desk, request, response.status(400), { kind: 'incomplete' }, error, returnTo);
    return;
  }
  const name = directory.canonical(user);
  const { clientAddress } = response.locals.arrival;
  const attempt = { user: name, address: clientAddress, device: () => device.read(request, name) };
  const found = await attempts
    .make(attempt, () => directory.verify(user, password))
    .catch((error: unknown) => {
      if (error instanceof DashgateError) return error;
      throw error;
    });
  if (found instanceof DashgateError) {
    note(desk, response, 'login-refused', user, found.code);
    metrics.signedIn('unavailable');
    if (found.retryAfterSec !== undefined) response.set('Retry-After', String(found.retryAfterSec));
    const error = 'Signing in is not possible at the moment.';
    refuse(desk, request, response.status(503), { kind: 'unavailable' }, error, returnTo);
  } else if (found.kind === 'delayed') {
    const { retryAfterSec } = found;
    note(desk, response, 'login-refused', name, 'too-many-attempts');
    metrics.signedIn('delayed');
    response.status(429).set('Retry-After', String(retryAfterSec));
    const error = 'Too many attempts. Try again later.';
    refuse(desk, request, response, { kind: 'locked-out', retryAfterSec }, error, returnTo);
  } else if (found.kind === 'wrong') {
    note(desk, response, 'login-refused', name, found.reason);
    metrics.signedIn('refused');
    const error = 'User name or password is wrong.';
    refuse(desk, request, response.status(401), { kind: 'wrong-credentials' }, error, returnTo);
  } else await welcome(desk, request, response, found.person, name, returnTo);
}

async function welcome(
  desk: Desk,
  request: Request,
  response: Arrived,
  person: Person,
  typed: string,
  returnTo: string | null,
): Promise<void> {
  const { clock, cookies, device, identityOf, metrics, sessions } = desk;
  const { origin } = response.locals.arrival;
  const identity = identityOf(person, { amr: ['pwd'], authTimeSec: nowSec(clock) });
  const { session, token } = await sessions.begin(identity);
  note(desk, response, 'login', identity.sub, 'password');
  metrics.signedIn('signed-in');
  response.set('Set-Cookie', cookies.write(token, origin));
  const path = `${PREFIX}/login`;
  const isHttps = origin.startsWith('https:');
  rememberUser(response, identity.user, path, isHttps);
  device.write(response, typed, path, isHttps);
  const target = returnTo ?? `${origin}${PREFIX}/login`;
  if (wantsJson(request)) response.json(sessionJson(identity, session, target));
  else response.redirect(303, target);
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
): void {
  if (wantsJson(request)) response.json({ error });
  else show(desk, request, response, { returnTo, problem });
}

function show(
  { pages }: Desk,
  request: Request,
  response: Arrived,
  view: Pick<LoginView, 'returnTo'> & Partial<LoginView>,
): void {
  const user = rememberedUser(request);
  response.type('html').send(pages.login({ problem: null, notice: null, signedIn: null, user, ...view }));
}
