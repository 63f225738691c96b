import { entryOf, ownPath } from '../access/app.ts';
import { isCrossSite } from '../access/cross-site.ts';
import { decide } from '../access/decide.ts';
import type { AccessRequest } from '../access/request.ts';
import { kindOf } from '../apps/kinds.ts';
import { type Authenticator, authenticate, type Finding } from '../identity/authenticate.ts';
import { nobody } from '../identity/identity.ts';
import type { SessionCookies } from '../session/session-cookies.ts';
import type { Verdict } from './adapter.ts';
import type { Judge } from './answer.ts';

/** The one decision that every way shares. A public path asks for no credentials, so that bad ones cannot spoil it. */
export const createJudge =
  (authenticators: readonly Authenticator[], cookies: SessionCookies): Judge =>
  async (request) => {
    if (isCrossSite(request)) {
      const decision = { kind: 'deny', identity: nobody, reason: 'cross-site', missing: [] } as const;
      return { decision, setCookies: [], who: '', isSignIn: false };
    }
    if (isNotWanted(request)) {
      const decision = { kind: 'deny', identity: nobody, reason: 'credentials-not-wanted', missing: [] } as const;
      return { decision, setCookies: [], who: '', isSignIn: false };
    }
    const finding = request.need === 'public' ? null : await authenticate(request, authenticators);
    return {
      decision: decide(request.need, finding, entryOf(request.app)),
      ...consequences(finding, request, cookies),
    };
  };

/** Some servers refuse a password that nobody asked for, so that whoever sends one learns that it is not looked at. */
const isNotWanted = ({ app, target, headers }: AccessRequest): boolean =>
  headers.authorization !== undefined &&
  kindOf(app).refusesCredentials(app, ownPath(app, target.decodedPath), headers.authorization);

function consequences(
  finding: Finding,
  { headers, app }: AccessRequest,
  cookies: SessionCookies,
): Omit<Verdict, 'decision'> {
  if (finding === null) return { setCookies: [], who: '', isSignIn: false };
  if (finding.kind === 'identified') {
    const { session, by, setCookies, isNew } = finding;
    return { setCookies, who: finding.identity.sub, isSignIn: isNew, basis: { session, by } };
  }
  const spoilt = finding.by === 'cookie';
  return { setCookies: spoilt ? cookies.clear(headers.cookie, app.origin) : [], who: finding.user, isSignIn: false };
}
