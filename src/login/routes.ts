import express, { type Request, type Response, type Router } from 'express';
import { type App, openPlaces } from '../access/app.ts';
import type { Directory } from '../directories/directory.ts';
import { DashgateError } from '../errors.ts';
import type { Arrival } from '../http/own-pages.ts';
import { PREFIX } from '../http/prefix.ts';
import type { Finding } from '../identity/authenticate.ts';
import type { IdentityOf } from '../identity/identities.ts';
import type { SessionReader } from '../identity/session-cookie.ts';
import { type Clock, nowSec } from '../lib/clock.ts';
import { parseReturnTarget } from '../lib/return-target.ts';
import type { SessionCookies } from '../session/session-cookies.ts';
import type { Sessions } from '../session/sessions.ts';
import type { Audit, AuditEvent } from '../telemetry/audit.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { isOwnPost, readFields } from './form.ts';
import { type Asset, LOGIN_FIELDS, type LoginProblem, type LoginView, type Pages } from './pages/index.ts';
import { rememberedUser, rememberUser } from './remembered-user.ts';

export interface LoginOptions {
  readonly apps: readonly App[];
  readonly directory: Directory;
  readonly sessions: Sessions;
  readonly identityOf: IdentityOf;
  readonly readSession: SessionReader;
  readonly cookies: SessionCookies;
  readonly pages: Pages;
  readonly assets: readonly Asset[];
  readonly clock: Clock;
  readonly audit: Audit;
  readonly metrics: Metrics;
}

type Arrived = Response<unknown, { arrival: Arrival }>;

/** A browser's way to a session and out of it, below the prefix. Errors go on to the caller's handler. */
export function createLoginRoutes(options: LoginOptions): Router {
  const { apps, directory, sessions, identityOf, readSession, cookies, pages, assets, clock, audit, metrics } = options;
  const router = express.Router({ caseSensitive: true, strict: true });

  const returnTarget = (text: unknown, origin: string): string | null => parseReturnTarget(text, origin, PREFIX);

  const note = (response: Arrived, event: AuditEvent['event'], who: string, why: string): void => {
    const { clientAddress, requestId } = response.locals.arrival;
    audit({ event, who, what: 'login page', why, from: clientAddress, request: requestId });
  };

  const showLogin = (
    request: Request,
    response: Arrived,
    status: number,
    view: Pick<LoginView, 'returnTo' | 'problem'> & Partial<LoginView>,
  ): void => {
    const user = rememberedUser(request);
    response.status(status).type('html');
    response.send(pages.login({ notice: null, signedIn: null, user, ...view }));
  };

  /** Ends the session that the browser brought, if it brought one. */
  const endSession = (found: Finding): void => {
    if (found?.kind === 'identified') sessions.end(found.session);
  };

  for (const asset of assets) {
    router.get(asset.path, (_request, response) => {
      response.set('Cache-Control', 'public, max-age=31536000, immutable').type(asset.contentType).send(asset.body);
    });
  }

  router.get(`${PREFIX}/login`, async (request, response: Arrived) => {
    const { origin } = response.locals.arrival;
    const returnTo = returnTarget(request.query[LOGIN_FIELDS.returnTo], origin);
    const found = await readSession(request.headers.cookie);
    if (found?.kind === 'identified') {
      const { identity } = found;
      const name = identity.name || identity.user;
      if (!returnTo) {
        response.type('html').send(pages.landing({ name, apps: openPlaces(apps, identity) }));
        return;
      }
      showLogin(request, response, 200, { returnTo, problem: null, signedIn: { name, continueTo: returnTo } });
      return;
    }
    if (found) response.append('Set-Cookie', cookies.clear(request.headers.cookie, origin));
    const ended = found?.reason === 'session-expired' || found?.reason === 'session-revoked';
    showLogin(request, response, 200, { returnTo, problem: null, notice: ended ? 'session-ended' : null });
  });

  router.post(`${PREFIX}/login`, async (request, response: Arrived) => {
    const { origin } = response.locals.arrival;
    const wantsJson = request.is('application/json') !== false;
    const refuse = (status: number, problem: LoginProblem, error: string, returnTo: string | null): void => {
      if (wantsJson) response.status(status).json({ error });
      else showLogin(request, response, status, { returnTo, problem });
    };
    if (!isOwnPost(request, origin)) {
      note(response, 'login-refused', '', 'cross-site');
      refuse(
        403,
        { kind: 'form-refused' },
        'A form needs an Origin header of this site; a program sends application/json.',
        null,
      );
      return;
    }
    const fields = readFields(request, [LOGIN_FIELDS.user, LOGIN_FIELDS.password, LOGIN_FIELDS.returnTo]);
    const { user = '', password = '' } = fields;
    const returnTo = returnTarget(fields.return_to, origin);
    // Whoever signs in means to be somebody anew: what the browser had before ends here, whatever comes of it.
    endSession(await readSession(request.headers.cookie));
    response.append('Set-Cookie', cookies.clear(request.headers.cookie, origin));
    if (user === '' || password === '') {
      refuse(400, { kind: 'incomplete' }, 'The fields user and password are both needed.', returnTo);
      return;
    }
    const found = await directory.verify(user, password).catch((error: unknown) => {
      if (!(error instanceof DashgateError)) throw error;
      return error;
    });
    if (found instanceof DashgateError) {
      note(response, 'login-refused', user, found.code);
      metrics.signedIn('unavailable');
      if (found.retryAfterSec !== undefined) response.set('Retry-After', String(found.retryAfterSec));
      refuse(503, { kind: 'unavailable' }, 'Signing in is not possible at the moment.', returnTo);
      return;
    }
    if (found.kind === 'wrong') {
      note(response, 'login-refused', directory.canonical(user), found.reason);
      metrics.signedIn('refused');
      refuse(401, { kind: 'wrong-credentials' }, 'User name or password is wrong.', returnTo);
      return;
    }
    const identity = identityOf(found.person, { amr: ['pwd'], authTimeSec: nowSec(clock) });
    const { session, token } = await sessions.begin(identity);
    note(response, 'login', identity.sub, 'password');
    metrics.signedIn('signed-in');
    response.set('Set-Cookie', cookies.write(token, origin));
    rememberUser(response, identity.user, `${PREFIX}/login`, origin.startsWith('https:'));
    const target = returnTo ?? `${origin}${PREFIX}/login`;
    if (wantsJson)
      response.json({ user: identity.user, name: identity.name, expires_at: session.endsSec, return_to: target });
    else response.redirect(303, target);
  });

  router.get(`${PREFIX}/logout`, async (request, response: Arrived) => {
    const { origin } = response.locals.arrival;
    const found = await readSession(request.headers.cookie);
    response.type('html');
    if (found?.kind === 'identified') {
      response.send(
        pages.logout({
          name: found.identity.name || found.identity.user,
          continueTo: returnTarget('/', origin) ?? '/',
        }),
      );
      return;
    }
    if (found) response.append('Set-Cookie', cookies.clear(request.headers.cookie, origin));
    response.send(pages.signedOut());
  });

  router.post(`${PREFIX}/logout`, async (request, response: Arrived) => {
    const { origin } = response.locals.arrival;
    const wantsJson = request.is('application/json') !== false;
    if (!isOwnPost(request, origin)) {
      const error = 'A form needs an Origin header of this site; a program sends application/json.';
      if (wantsJson) response.status(403).json({ error });
      else response.redirect(303, `${PREFIX}/logout`);
      return;
    }
    const found = await readSession(request.headers.cookie);
    response.append('Set-Cookie', cookies.clear(request.headers.cookie, origin));
    endSession(found);
    if (found?.kind === 'identified') {
      note(response, 'logout', found.identity.sub, 'asked');
      metrics.signedOut();
    }
    if (wantsJson) response.json({ signed_out: true });
    else response.redirect(303, `${PREFIX}/logout`);
  });

  /** Claims only: never a token, nor anything that could be used as one. */
  router.get(`${PREFIX}/session`, async (request, response: Arrived) => {
    const found = await readSession(request.headers.cookie);
    if (found?.kind !== 'identified') {
      response
        .status(401)
        .set('WWW-Authenticate', 'Dashgate realm="dashgate"')
        .json({ error: 'You are not signed in.' });
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
    });
  });

  const ALLOW = { login: 'GET, HEAD, POST', logout: 'GET, HEAD, POST', session: 'GET, HEAD' };
  for (const [page, allow] of Object.entries(ALLOW)) {
    router.all(`${PREFIX}/${page}`, (_request, response) => {
      response
        .status(405)
        .set('Allow', allow)
        .json({ error: `This takes ${allow}.` });
    });
  }
  return router;
}
