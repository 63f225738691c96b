import type { Person } from '../directories/directory.ts';
import { canonicalUser } from '../directories/user-name.ts';
import { meet } from '../lib/grant.ts';
import type { Session } from '../session/session.ts';
import type { Sessions } from '../session/sessions.ts';
import type { Authenticator, CredentialRequest, Finding, RejectionReason } from './authenticate.ts';
import { type BasicCredentials, parseBasic, schemeOf } from './basic.ts';
import type { IdentityOf } from './identities.ts';
import type { Identity } from './identity.ts';
import type { IssuedTokens } from './issuers/issued-tokens.ts';
import type { Owners } from './tokens/owners.ts';
import type { PersonalTokens, TokenFinding } from './tokens/personal-tokens.ts';
import { claimsToBeToken, isToken } from './tokens/token-format.ts';

export interface BearerOptions<Request> {
  readonly issued: IssuedTokens;
  readonly sessions: Pick<Sessions, 'judge'>;
  /** `null`: nobody may have any. */
  readonly personal: PersonalTokens | null;
  readonly owners: Owners;
  /** Whether a provider of the same people, if there is one, lets somebody in. */
  readonly admits: (person: Person) => boolean;
  readonly identityOf: IdentityOf;
  /** Told of each use of a personal token. */
  readonly note: (token: Extract<TokenFinding, { kind: 'open' }>['token'], request: Request) => void;
}

/** RFC 6750 §2.1; the header of a request is no longer than Node lets it be. */
const BEARER = /^bearer +([A-Za-z0-9._~+/-]+=*)$/i;

/**
 * A token with each request: of another issuer, or one that a person made; such a one may also come as the password of Basic, beside
 * the name of its owner. No cookie comes of it.
 */
export const createBearerAuthenticator =
  <Request extends CredentialRequest>(options: BearerOptions<Request>): Authenticator<Request> =>
  async (request) => {
    const { authorization } = request.headers;
    const { credentials } = request.app;
    if (authorization === undefined || !credentials.includes('bearer')) return null;
    if (schemeOf(authorization) !== 'bearer') {
      const basic = credentials.includes('basic') ? tokenInBasic(authorization) : null;
      return basic && findPersonal(options, request, basic.password, basic.user);
    }
    const [, text] = BEARER.exec(authorization.trim()) ?? [];
    if (text === undefined) return rejected('bad-token');
    if (claimsToBeToken(text)) return findPersonal(options, request, text, null);
    const found = await options.issued.find(text);
    if (found.kind === 'no') return rejected(found.reason, found.sub);
    const { person, session } = found;
    if (!options.admits(person)) return rejected('bad-token', person.sub);
    // Its issuer knows nothing of what was ended here.
    const standing = options.sessions.judge(session);
    if (standing.kind === 'no')
      return rejected(standing.reason === 'session-expired' ? 'token-expired' : 'token-revoked', person.sub);
    return identified(options.identityOf(person, session), session);
  };

/**
 * A personal access token in the place of a password; `null`: there is none. RFC 7617 §2 lets the first colon end the name, which
 * in `corp:mica` is a part of it. No token has one, so what stands behind the last is looked at too.
 */
export function tokenInBasic(authorization: string): BasicCredentials | null {
  const given = schemeOf(authorization) === 'basic' ? parseBasic(authorization) : null;
  if (!given || claimsToBeToken(given.password)) return given;
  const at = given.password.lastIndexOf(':');
  const password = given.password.slice(at + 1);
  return isToken(password) ? { user: `${given.user}:${given.password.slice(0, at)}`, password } : null;
}

/** @param user - the name that came with it; `null`: none did */
async function findPersonal<Request extends CredentialRequest>(
  { personal, owners, identityOf, note }: BearerOptions<Request>,
  request: Request,
  text: string,
  user: string | null,
): Promise<Finding> {
  const found = (await personal?.find(text)) ?? null;
  if (!found) return rejected('bad-token');
  if (found.kind === 'no') return rejected(found.reason, found.sub);
  const { token, session } = found;
  const owner = await owners.find(token.sub);
  if (!owner) return rejected('token-revoked', token.sub);
  if (user !== null && canonicalUser(user) !== canonicalUser(owner.user)) return rejected('bad-token', token.sub);
  note(token, request);
  return identified(within(token.scope, identityBy(owner, session, identityOf)), session);
}

const identityBy = (owner: Person, { amr, authTimeSec }: Session, identityOf: IdentityOf): Identity =>
  identityOf(owner, { amr, authTimeSec });

/** Of what its owner may open today, what the token is good for. */
const within = (scope: readonly string[] | null, identity: Identity): Identity =>
  scope === null ? identity : { ...identity, scope, allowedResources: meet(scope, identity.allowedResources) };

const identified = (identity: Identity, session: Session): Finding => ({
  ...{ kind: 'identified', identity, by: 'bearer', session, isNew: false, setCookies: [] },
});

const rejected = (reason: RejectionReason, user = ''): Finding => ({ kind: 'rejected', reason, by: 'bearer', user });
