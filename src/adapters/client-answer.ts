import type { ServerResponse } from 'node:http';
import { type App, ownPath } from '../access/app.ts';
import type { Decision, DenyReason } from '../access/decide.ts';
import { openPlaces } from '../access/open-places.ts';
import type { AccessRequest } from '../access/request.ts';
import { namesOf } from '../access/resource.ts';
import type { Voice } from '../apps/app-kind.ts';
import { kindOf } from '../apps/kinds.ts';
import { DashgateError, NothingHere } from '../errors.ts';
import { isNavigation, loadsFrame } from '../http/navigation.ts';
import { allowFrame, secure } from '../http/security-headers.ts';
import { schemeOf } from '../identity/basic.ts';
import type { OwnPaths } from '../lib/own-paths.ts';
import { COOKIES_FIELD, type Pages } from '../login/pages/index.ts';
import { voiceOf } from '../tableau/voice.ts';
import type { Verdict } from './adapter.ts';
import { basicChallenge, challengeHeaders, loginUrl } from './challenge.ts';

/** The `error` of a 401 and 403 to a program. Dashboards show this sentence to people as it stands. */
const SENTENCES = {
  'no-credentials': 'Sign in to use this.',
  'bad-password': 'User name or password is wrong.',
  'bad-credentials': 'The credentials could not be read.',
  'session-unreadable': 'Your session has ended. Reload the page to sign in again.',
  'session-expired': 'Your session has ended. Reload the page to sign in again.',
  'session-idle': 'Your session has ended. Reload the page to sign in again.',
  'session-revoked': 'Your session has ended. Reload the page to sign in again.',
  'duplicate-cookie': 'Your session could not be read. Reload the page to sign in again.',
  'bad-token': 'The token is not taken here.',
  'token-expired': 'The token has expired. Get a new one.',
  'token-revoked': 'The token counts no more. Get a new one.',
  'too-many-attempts': 'Too many attempts. Try again later.',
  'resource-not-granted': 'You have not been granted what this needs.',
  'path-not-named': 'No rule opens this address to you.',
  'network-not-allowed': 'This cannot be used from where you are.',
  'proof-too-old': 'This asks for a newer proof of who you are. Sign in again.',
  'proof-too-weak': 'This asks for a stronger proof of who you are.',
  'token-not-enough':
    'This asks when you proved who you are, which a token does not say. Sign in with a browser, in a window of its own.',
  'app-mismatch': 'This address does not belong to the dashboard that it was sent to.',
  'cross-site': 'Another site sent this request.',
  'section-not-granted': 'You have not been granted what this needs.',
  'credentials-not-wanted': 'This takes no user name and password.',
  'page-token-wrong': 'This page was not loaded as you are signed in now. Reload it.',
  'user-not-delegable': 'The service behind this cannot be told who you are.',
  'delegation-refused': 'The service behind this refused it for you.',
  'tableau-refused': 'Tableau does not let you in.',
} satisfies Record<Exclude<Decision, { kind: 'allow' }>['reason'], string>;

/** The status of each denial. */
export const DENIED = {
  'resource-not-granted': 403,
  'path-not-named': 403,
  'network-not-allowed': 403,
  'proof-too-weak': 403,
  'token-not-enough': 403,
  'app-mismatch': 403,
  'cross-site': 403,
  'section-not-granted': 403,
  'credentials-not-wanted': 406,
  'page-token-wrong': 403,
  'user-not-delegable': 403,
  'delegation-refused': 403,
  'tableau-refused': 403,
} as const satisfies Record<DenyReason, number>;

export interface ClientAnswerOptions {
  readonly own: OwnPaths;
  readonly apps: readonly App[];
  readonly pages: Pages;
  readonly cookieName: string;
  /** Told to a program that asks by another name of this machine; `null`: that is nobody's business. */
  readonly home?: string | null;
  /** Which pages may have a refusal of ours in a frame that they load, as sources of `frame-ancestors`; `null`: none. */
  readonly ancestors?: string | null;
}

/** Answers that go to the client itself: the login redirect, the 401 and 403, and errors; a page for people, else JSON. */
export interface ClientAnswer {
  refuse(verdict: Verdict, request: AccessRequest, response: ServerResponse): void;
  /** The 403 where host and path do not lead to the app that a front named. */
  mismatch(asked: Asked, response: ServerResponse): void;
  fail(error: unknown, asked: Asked, response: ServerResponse): void;
}

/** Of a request that may not even have been understood: whether a person looks at the answer, and its id. */
export interface Asked {
  readonly isPerson: boolean;
  readonly requestId: string;
  /** How the programs of the app are spoken to. */
  readonly voice?: Voice | null;
  /** Which pages may have the answer in a frame, as sources of `frame-ancestors`. */
  readonly ancestors?: string | undefined;
}

/** The same for a request that was understood. Nobody looks at what only programs ask for, whatever they accept. */
export function askedOf(request: AccessRequest): Required<Pick<Asked, 'voice'>> & Asked {
  const { app, id, method, headers, target, isUpgrade } = request;
  const voice = voiceOf(request) ?? kindOf(app).voice;
  const isForPrograms = voice?.isForPrograms(ownPath(app, target.decodedPath)) ?? false;
  return { isPerson: !isForPrograms && isNavigation(method, headers, isUpgrade), requestId: id, voice };
}

export function createClientAnswer({
  own,
  apps,
  pages,
  cookieName,
  home = null,
  ancestors = null,
}: ClientAnswerOptions): ClientAnswer {
  return {
    refuse({ decision, setCookies }, request, response) {
      if (decision.kind === 'allow') throw new TypeError('an allowed request is not refused');
      const { app, id } = request;
      const { isPerson: person, voice } = askedOf(request);
      secureBoth(response, id);
      if (setCookies.length > 0) response.setHeader('Set-Cookie', setCookies);
      if (ancestors !== null && decision.kind !== 'wait' && loadsFrame(request.headers)) {
        allowFrame(response, ancestors);
        const problem = decision.kind === 'challenge' ? 'over' : 'not-open';
        sendPage(response, problem === 'over' ? 401 : 403, pages.frame({ problem, requestId: id }));
        return;
      }
      if (decision.kind === 'challenge' && person && app.credentials.includes('cookie')) {
        const isTwice = decision.reason === 'duplicate-cookie';
        const place = loginUrl(request) + (isTwice ? `&${COOKIES_FIELD}=twice` : '');
        response.writeHead(302, { Location: place }).end();
        return;
      }
      if (decision.kind === 'challenge') {
        for (const [name, value] of Object.entries(challengeHeaders(request, cookieName, decision.reason))) {
          response.setHeader(name, value);
        }
        sendRefusal(response, 401, voice, { error: SENTENCES[decision.reason], reason: decision.reason });
        return;
      }
      if (decision.kind === 'wait') {
        const { reason, retryAfterSec } = decision;
        response.setHeader('Retry-After', String(retryAfterSec));
        if (person)
          sendPage(response, 429, pages.failure({ status: 429, requestId: id, homeHref: null, retryAfterSec }));
        else sendRefusal(response, 429, voice, { error: SENTENCES[reason], reason });
        return;
      }
      const missing = decision.missing.map(namesOf);
      const status = DENIED[decision.reason];
      if (isOfBearer(request) && missing.length > 0)
        response.setHeader('WWW-Authenticate', 'Bearer realm="dashgate", error="insufficient_scope"');
      if (status === 406) response.setHeader('WWW-Authenticate', basicChallenge(app));
      if (!person) {
        sendRefusal(response, status, voice, {
          ...{ error: SENTENCES[decision.reason], reason: decision.reason, missing },
          ...(decision.code !== undefined && { code: decision.code }),
        });
        return;
      }
      const { identity, reason } = decision;
      const signInHref = loginUrl(request);
      const links = openPlaces(apps, identity);
      sendPage(
        response,
        status,
        pages.denied({
          code: decision.code,
          reason,
          user: identity.user || identity.name,
          missing,
          apps: links,
          signInHref,
          ...(identity.act && { stopHref: new URL(own.impersonate, signInHref).href }),
          requestId: id,
        }),
      );
    },

    mismatch({ isPerson, requestId }, response) {
      secureBoth(response, requestId);
      const reason = 'app-mismatch';
      if (!isPerson) return sendJson(response, 403, { error: SENTENCES[reason], reason });
      const view = { reason, user: '', missing: [], apps: [], signInHref: own.login, requestId } as const;
      sendPage(response, 403, pages.denied(view));
    },

    fail(error, { isPerson, requestId, voice = null, ancestors: allowed }, response) {
      if (response.headersSent) {
        response.destroy();
        return;
      }
      secureBoth(response, requestId);
      if (allowed !== undefined) allowFrame(response, allowed);
      const known = error instanceof DashgateError ? error : null;
      const status = known?.status ?? 500;
      const retryAfterSec = known?.retryAfterSec;
      if (retryAfterSec !== undefined) response.setHeader('Retry-After', String(retryAfterSec));
      // What was not understood may hang on the bytes that follow; the connection ends with the answer.
      if (status === 400) response.setHeader('Connection', 'close');
      if (isPerson) {
        sendPage(response, status, pages.failure({ status, requestId, homeHref: null, retryAfterSec }));
      } else {
        sendRefusal(response, status, voice, {
          error: home !== null && known instanceof NothingHere && known.isOtherHost ? sayHome(home) : FAILURES[status],
          code: known?.code ?? 'ERR_INTERNAL',
          request: requestId,
        });
      }
    },
  };
}

/** RFC 6750 §3.1. */
const isOfBearer = ({ app, headers }: AccessRequest): boolean =>
  app.credentials.includes('bearer') && schemeOf(headers.authorization ?? '') === 'bearer';

const FAILURES: Readonly<Record<DashgateError['status'], string>> = {
  400: 'The request cannot be understood in only one way.',
  404: 'There is nothing here.',
  413: 'That was too large.',
  415: 'That content type is not taken here.',
  500: 'Something went wrong.',
  502: 'The dashboard cannot be reached.',
  503: 'This is not possible at the moment.',
  504: 'The dashboard did not answer in time.',
};

const sayHome = (home: string): string => `There is nothing here by that host name. Ask ${home} instead.`;

function secureBoth(response: ServerResponse, requestId: string): void {
  secure(response.req, response);
  response.setHeader('X-Request-Id', requestId);
}

interface Refusal {
  readonly error: string;
  readonly [more: string]: unknown;
}

/** A refusal for a program: in the words that it knows, where its kind of server has some, else all that there is to say. */
function sendRefusal(response: ServerResponse, status: number, voice: Voice | null, body: Refusal): void {
  if (voice) send(response, status, voice.contentType, voice.body(status, body.error));
  else sendJson(response, status, body);
}

function send(response: ServerResponse, status: number, contentType: string, body: string): void {
  response.writeHead(status, { 'Content-Type': contentType, 'Content-Length': Buffer.byteLength(body) });
  response.end(body);
}

export function sendJson(response: ServerResponse, status: number, body: object): void {
  send(response, status, 'application/json; charset=utf-8', JSON.stringify(body));
}

export function sendPage(response: ServerResponse, status: number, page: string): void {
  send(response, status, 'text/html; charset=utf-8', page);
}
