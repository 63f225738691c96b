import type { Request } from 'express';
import { DashgateError } from '../errors.ts';
import { nowSec } from '../lib/clock.ts';
import type { CallbackFinding, Provider, Tokens, Vouched } from '../providers/provider.ts';
import { type Arrived, type Desk, endSession, keepAlive, note } from './desk.ts';
import { waitNoMore } from './go-ahead.ts';
import { handOut } from './hand-out.ts';
import { afterSignIn } from './handoff.ts';
import { LONGEST_SEC } from './pending-login.ts';
import { providerOf, redirectUriOf, tellProblem } from './provider-start.ts';

/** Where a provider sends the browser back to: its answer, held against what this browser began, for a session. */
export async function finishAtProvider(desk: Desk, request: Request, response: Arrived): Promise<void> {
  const { clock, elsewhere, metrics, once } = desk;
  const { origin } = response.locals.arrival;
  const provider = providerOf(desk, request);
  const { state } = request.query;
  const refuse = (why: string, problem: Parameters<typeof tellProblem>[3], returnTo: string | null, who = ''): void => {
    note(desk, response, 'login-refused', who, why);
    metrics.signedIn(problem === 'unavailable' ? 'unavailable' : 'refused');
    tellProblem(desk, response, provider, problem, returnTo);
  };

  const isHere = origin === desk.hosts.signIn && typeof state === 'string';
  const found = isHere ? await elsewhere.pending.find(request.headers.cookie, state) : null;
  if (!found) {
    refuse('no-such-attempt', 'lost', null);
    return;
  }
  response.append('Set-Cookie', found.clear(origin));
  const { returnTo } = found.pending;
  // Each provider has an address of its own, so that the answer of one cannot pass for that of another (RFC 9700 §4.4.2.2).
  if (found.pending.provider !== provider.id) {
    refuse('other-provider', 'bad-answer', returnTo);
    return;
  }
  // What brings no code gives nobody anything, and is not written down: anybody could fill the store with that.
  if (bringsCode(request) && !(await once(`oauth:${found.id}`, nowSec(clock) + LONGEST_SEC))) {
    refuse('attempt-used', 'lost', returnTo);
    return;
  }
  const finding = await ask(desk, provider, () => {
    const [, query = ''] = request.originalUrl.split('?', 2);
    return provider.finish(found.pending, new URL(`${redirectUriOf(desk, provider)}?${query}`));
  });
  if (finding === null) refuse('ERR_PROVIDER_UNAVAILABLE', 'unavailable', returnTo);
  else if (finding.kind === 'refused') {
    desk.warn(`a sign-in at a provider was refused (${provider.id}: ${finding.why})`, finding.detail);
    // Nobody goes on as somebody else by mistake: the page says that they are not signed in.
    await endSession(desk, request, response);
    refuse(finding.why, finding.why, returnTo, finding.who);
  } else
    await welcome(desk, request, response, {
      ...finding,
      provider,
      returnTo,
      over: [...found.clear(origin), ...waitNoMore(desk, response)],
    });
}

/** With an error no code is looked at (RFC 6749 §4.1.2.1). */
function bringsCode({ query: { code, error } }: Request): boolean {
  return code !== undefined && code !== '' && (error === undefined || error === '');
}

/** @returns `null` where the provider could not be asked */
async function ask(
  { warn }: Desk,
  { id }: Provider,
  finish: () => Promise<CallbackFinding>,
): Promise<CallbackFinding | null> {
  try {
    return await finish();
  } catch (error) {
    if (!(error instanceof DashgateError)) throw error;
    warn(`a provider cannot be asked (${id})`, error);
    return null;
  }
}

interface Guest {
  readonly who: Vouched;
  readonly tokens: Tokens;
  readonly isRechecked: boolean;
  readonly provider: Provider;
  readonly returnTo: string | null;
  /** What takes the attempt's cookie away. */
  readonly over: readonly string[];
}

async function welcome(
  desk: Desk,
  request: Request,
  response: Arrived,
  { who, tokens, isRechecked, provider, returnTo, over }: Guest,
): Promise<void> {
  const { identityOf, looks, metrics, rules, sessions } = desk;
  const { idTokens, onVouched, providers } = desk.elsewhere;
  const { origin } = response.locals.arrival;
  // Whoever signs in means to be somebody anew: what the browser had before ends here.
  await endSession(desk, request, response);
  const { acr, authTimeSec, sid, user, ...rest } = who;
  const begun = await sessions.begin({ ...rest, ...(acr !== null && { acr }) }, false, {
    authTimeSec: Math.min(authTimeSec, nowSec(desk.clock)),
    provider: { issuer: provider.issuer, sid, user, ...(isRechecked && { isRechecked }) },
  });
  const { session } = begun;
  const person = await providers.personOf(session);
  if (!person || !sessions.isLive(session)) {
    note(desk, response, 'login-refused', who.sub, 'session-revoked');
    tellProblem(desk, response, provider, 'not-allowed', returnTo);
    return;
  }
  if (tokens.idToken !== null) idTokens.keep(session.jti, tokens.idToken);
  await providers.keep(session, tokens);
  await onVouched(session);
  const identity = identityOf(person, session);
  await keepAlive(desk, { session, identity }, request, response);
  note(desk, response, 'login', identity.sub, 'provider');
  metrics.signedIn('signed-in');
  handOut(desk, request, response, begun, over);
  const target = afterSignIn(desk, returnTo ?? `${origin}${desk.own.login}`);
  // A strict cookie does not go along where another site began the way here: the page begins it anew.
  if (rules.isStrict) response.type('html').send(looks.pages.onward({ what: 'signed-in', href: target }));
  else response.redirect(303, target);
}
