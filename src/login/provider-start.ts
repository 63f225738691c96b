import type { Request } from 'express';
import { DashgateError, NothingHere } from '../errors.ts';
import { allowOwnLook } from '../http/security-headers.ts';
import { nowSec } from '../lib/clock.ts';
import type { PendingLogin, Provider } from '../providers/provider.ts';
import { type Arrived, type Desk, note, returnTarget } from './desk.ts';
import { waitForPress } from './go-ahead.ts';
import { LOGIN_FIELDS, type Pages, problemWords, START_FIELDS } from './pages/index.ts';
import { proofFor } from './step-up.ts';

/** @throws NothingHere where the configuration has no provider of that id */
export function providerOf({ elsewhere }: Desk, request: Request): Provider {
  const { id } = request.params;
  const provider = typeof id === 'string' ? elsewhere.providers.find(id) : null;
  if (!provider) throw new NothingHere('no such provider');
  return provider;
}

/** Where a provider is to send people back to, whichever host they came to: it knows this one address. */
export const redirectUriOf = ({ elsewhere }: Desk, { id }: Provider): string => elsewhere.wayBack.uriOf(id);

/** Sends the browser to a provider, and keeps in it what the answer will be held against. */
export async function startAtProvider(desk: Desk, request: Request, response: Arrived): Promise<void> {
  const provider = providerOf(desk, request);
  const { origin } = response.locals.arrival;
  if (origin !== desk.hosts.signIn) {
    const [, query] = request.originalUrl.split('?', 2);
    response.redirect(303, `${desk.hosts.signIn}${desk.own.provider(provider.id, 'start')}${query ? `?${query}` : ''}`);
    return;
  }
  const client = await import('openid-client');
  const fresh = request.query[START_FIELDS.prompt] === 'login';
  const pending: PendingLogin = {
    provider: provider.id,
    state: client.randomState(),
    nonce: client.randomNonce(),
    verifier: client.randomPKCECodeVerifier(),
    maxAgeSec: maxAgeOf(request.query[START_FIELDS.maxAge]),
    returnTo: placeOf(desk, request, response),
    begunSec: nowSec(desk.clock),
  };
  const { acr } = proofFor(desk, pending.returnTo);
  try {
    const url = await provider.begin(pending, redirectUriOf(desk, provider), { fresh, acr });
    response.append('Set-Cookie', await desk.elsewhere.pending.keep(request.headers.cookie, pending, origin));
    response.redirect(303, url.href);
  } catch (error) {
    if (!(error instanceof DashgateError) || error.status !== 503) throw error;
    desk.warn('a provider cannot be asked', error);
    note(desk, response, 'login-refused', '', error.code);
    desk.metrics.signedIn('unavailable');
    tellProblem(desk, response, provider, 'unavailable', pending.returnTo);
  }
}

/** A place of an app, or a page of ours that sends people here for a new proof. */
function placeOf(desk: Desk, { query }: Request, response: Arrived): string | null {
  const wanted = query[LOGIN_FIELDS.returnTo];
  const { impersonate, sessions, tokens } = desk.own;
  return wanted === sessions || wanted === tokens || wanted === impersonate
    ? response.locals.arrival.origin + wanted
    : returnTarget(desk, wanted, response);
}

/** What a page asked for, in seconds; what is no number asks for nothing. */
const maxAgeOf = (text: unknown): number | null =>
  typeof text === 'string' && /^\d{1,8}$/.test(text) ? Number(text) : null;

export type ProviderProblem = Parameters<Pages['providerProblem']>[0]['problem'];

const STATUS = {
  lost: 400,
  'said-no': 403,
  'provider-error': 502,
  'bad-answer': 400,
  'not-allowed': 403,
  'no-user-name': 403,
  'no-proof': 403,
  unavailable: 503,
} satisfies Record<ProviderProblem, number>;

/** The page for a sign-in that came to nothing. It goes nowhere by itself, so that nothing can go round in circles. */
export function tellProblem(
  desk: Desk,
  response: Arrived,
  { id, name }: Provider,
  problem: ProviderProblem,
  returnTo: string | null,
): void {
  const { elsewhere, looks, own, rules } = desk;
  const { requestId } = response.locals.arrival;
  waitForPress(desk, response);
  const hasOtherWays = rules.showsForm || elsewhere.providers.all.length > 1;
  response.status(STATUS[problem]).type('html');
  if (problem === 'unavailable') response.set('Retry-After', '5');
  if (!looks.errorTemplate) {
    response.send(looks.pages.providerProblem({ id, name, problem, returnTo, hasOtherWays, requestId }));
    return;
  }
  const { heading, sentence, retry } = problemWords(own, { id, name, problem, returnTo });
  const words = { title: heading, error_type: 'Authentication Error', error: problem, error_msg: sentence };
  allowOwnLook(response);
  response.send(looks.errorTemplate({ ...words, retry_link: retry, oauth_logout_link: '', base_url: '', npm_cdn: '' }));
}
