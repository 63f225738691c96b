import type { Mode } from '../config/schema/credentials.ts';
import { DashgateError } from '../errors.ts';
import type { ApiToken } from '../identity/api-tokens/api-token.ts';
import { type ApiApp, siteOf } from '../identity/api-tokens/sites.ts';
import { PERSONAL_TOKEN } from '../identity/identity.ts';
import { nowSec } from '../lib/clock.ts';
import type { ApiDesk } from './desk.ts';
import type { GivenCredentials, SignInBody } from './read-body.ts';
import type { ErrorName } from './reply.ts';

/** Whom credentials proved. */
type Holder = Pick<ApiToken, 'sub' | 'amr' | 'authTimeSec' | 'scope' | 'parent' | 'vouching'> & {
  /** When what proved it ends by itself, in seconds since the epoch. */
  readonly untilSec: number;
};

/** `why` and `who` are for the audit line. */
export interface Refused {
  readonly kind: 'refused';
  readonly error: ErrorName;
  /** The code of what was wrong with a token. */
  readonly inner?: number;
  readonly retryAfterSec?: number;
  readonly who: string;
  readonly why: string;
}

export interface Asked {
  readonly clientAddress: string;
  readonly requestId: string;
}

/** @throws DashgateError where it could not be found out */
export async function signIn(
  desk: ApiDesk,
  app: ApiApp,
  { credentials, contentUrl, actAs }: SignInBody,
  asked: Asked,
): Promise<{ kind: 'signed-in'; text: string; token: ApiToken } | Refused> {
  if (credentials.kind === 'none') return refused('noCredentials', '', 'no-credentials');
  if (!app.signIn.includes(credentials.kind)) return refused('signInFailed', '', `no-${credentials.kind}`);
  // Nobody may act as another by an API: whoever means to is told so before anything is looked at.
  if (actAs !== null) return refused('signInFailed', '', 'impersonation');
  const holder = await holderOf(desk, credentials, asked);
  if ('kind' in holder) return holder;
  const site = siteOf(app, contentUrl);
  const { untilSec, ...held } = holder;
  const token = {
    ...held,
    app: app.name,
    site: site?.contentUrl ?? '',
    endsSec: Math.min(untilSec, nowSec(desk.clock) + app.lifetimeSec),
  };
  // No word of whether there is such a site.
  if (!site || !(await desk.reader.identify(token, app))) return refused('signInFailed', holder.sub, 'site');
  return { kind: 'signed-in', ...(await desk.tokens.make(token, app)) };
}

const refused = (error: ErrorName, who: string, why: string, more: Partial<Refused> = {}): Refused => ({
  ...{ kind: 'refused', error, who, why },
  ...more,
});

function holderOf(desk: ApiDesk, given: GivenCredentials, asked: Asked): Promise<Holder | Refused> {
  switch (given.kind) {
    case 'password':
      return byPassword(desk, given.name, given.password, asked);
    case 'personal_token':
      return byPersonalToken(desk, given.name, given.secret);
    case 'connected_app':
      return byConnectedApp(desk, given, asked);
    case 'none':
      throw new TypeError('nothing was given');
  }
}

const FOR_EVER = Number.POSITIVE_INFINITY;

/** Counted and delayed as every sign-in is. */
async function byPassword(desk: ApiDesk, user: string, password: string, asked: Asked): Promise<Holder | Refused> {
  const { modes, attempts, metrics, clock } = desk;
  const mode = (['auth-user-pass', 'ldap'] satisfies Mode[]).find((each) => modes.offered.includes(each));
  const claim = mode && user !== '' ? modes.claim(mode, user, password) : null;
  if (claim?.kind !== 'password') return refused('signInFailed', '', 'incomplete');
  const { name, verify } = claim;
  const attempt = { user: name, address: asked.clientAddress, device: () => null };
  const found = await attempts.make(attempt, verify).catch((error: unknown) => {
    if (error instanceof DashgateError) metrics.signedIn('unavailable');
    throw error;
  });
  if (found.kind === 'delayed') {
    metrics.signedIn('delayed');
    return refused('wait', name, 'too-many-attempts', { retryAfterSec: found.retryAfterSec });
  }
  if (found.kind === 'wrong') {
    metrics.signedIn('refused');
    return refused('signInFailed', name, found.reason);
  }
  const { sub } = found.person;
  return {
    ...{ sub, amr: ['pwd'], authTimeSec: nowSec(clock), scope: null, parent: null, vouching: null },
    untilSec: FOR_EVER,
  };
}

/** By what its owner calls it, and the token itself. There is nothing to guess, so nothing is counted. */
async function byPersonalToken({ personal }: ApiDesk, name: string, secret: string): Promise<Holder | Refused> {
  const found = await personal?.tokens.find(secret);
  if (!found) return refused('signInFailed', '', 'no-personal-tokens');
  if (found.kind === 'no') return refused('signInFailed', found.sub, found.reason);
  const { token } = found;
  if (token.name !== name) return refused('signInFailed', token.sub, 'other-name');
  personal?.tokens.noteUse(token);
  const { sub, scope, id, endsSec } = token;
  return { sub, amr: [PERSONAL_TOKEN], authTimeSec: 0, scope, parent: id, vouching: null, untilSec: endsSec };
}

/** Its audit line is written where it is read. */
async function byConnectedApp(
  { connected, clock }: ApiDesk,
  { jwt, isUat }: Extract<GivenCredentials, { kind: 'connected_app' }>,
  { requestId, clientAddress }: Asked,
): Promise<Holder | Refused> {
  if (isUat) return refused('signInFailed', '', 'unified-access-token');
  const found = await connected.read(jwt, 'rest', { request: requestId, from: clientAddress });
  if (found.kind === 'refused') return refused('signInFailed', '', found.name, { inner: found.code });
  const { identity, vouching } = found;
  return {
    ...{ sub: identity.sub, amr: identity.amr, authTimeSec: nowSec(clock), scope: null, parent: null, vouching },
    untilSec: FOR_EVER,
  };
}
