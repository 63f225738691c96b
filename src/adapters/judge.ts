import { entryOf, ownPath } from '../access/app.ts';
import { isFromElsewhere } from '../access/conditions.ts';
import { isCrossSite } from '../access/cross-site.ts';
import { type Decision, type DenyReason, decide, type Proof } from '../access/decide.ts';
import type { AccessRequest } from '../access/request.ts';
import { askForProof } from '../access/step-up.ts';
import { kindOf } from '../apps/kinds.ts';
import { type Authenticator, authenticate, type Finding } from '../identity/authenticate.ts';
import { namesOf, nobody } from '../identity/identity.ts';
import { type Clock, nowSec } from '../lib/clock.ts';
import type { SessionCookies } from '../session/session-cookies.ts';
import type { Verdict } from './adapter.ts';
import type { Judge } from './answer.ts';

/** The one decision that every way shares. A public path asks for no credentials, so that bad ones cannot spoil it. */
export const createJudge =
  (authenticators: readonly Authenticator<AccessRequest>[], cookies: SessionCookies, clock: Clock): Judge =>
  async (request) => {
    if (isCrossSite(request)) return turnAway('cross-site');
    // Before anybody is asked who they are: from elsewhere no password is worth a try.
    if (isFromElsewhere(request)) return turnAway('network-not-allowed');
    if (isNotWanted(request)) return turnAway('credentials-not-wanted');
    const finding = request.need === 'public' ? null : await authenticate(request, authenticators);
    const judged = judgement(request, clock);
    return { decision: judged(finding), ...consequences(finding, request, cookies), ...again(finding, judged) };
  };

/** What of a request decides, once it is known who asks. */
const judgement = ({ need, conditions, app }: AccessRequest, clock: Clock): ((proof: Proof) => Decision) => {
  const entry = entryOf(app);
  return (proof) => askForProof(decide(need, proof, entry), conditions, nowSec(clock));
};

/** What is public stays so, and who was let in is looked at again, with the age of their proof. */
function again(finding: Finding, judged: (proof: Proof) => Decision): Pick<Verdict, 'again'> {
  if (finding === null) return { again: () => judged(null).kind === 'allow' };
  if (finding.kind !== 'identified' || !finding.again) return {};
  const look = finding.again;
  return {
    again: () => {
      const identity = look();
      return identity !== null && judged({ kind: 'identified', identity }).kind === 'allow';
    },
  };
}

const turnAway = (reason: DenyReason): Verdict => {
  const decision = { kind: 'deny', identity: nobody, reason, missing: [] } as const;
  return { decision, setCookies: [], who: '', isSignIn: false };
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
  const credential = { kind: kindOfCredential(finding), result: finding.kind };
  if (finding.kind === 'identified') {
    const { identity, session, by, setCookies, isNew } = finding;
    return { setCookies, ...namesOf(identity), isSignIn: isNew, basis: { session, by }, credential };
  }
  const spoilt = finding.by === 'cookie';
  const setCookies = spoilt ? cookies.clear(headers.cookie, app.origin) : [];
  return { setCookies, who: finding.user, isSignIn: false, credential };
}

/** Of a token that holds, also whose it is: one of ours, or of an issuer. */
const kindOfCredential = (finding: Exclude<Finding, null>): string =>
  finding.kind === 'identified' && finding.session.token ? `${finding.by}-${finding.session.token}` : finding.by;
