import type { RejectionReason } from '../identity/authenticate.ts';
import { guest, type Identity, nobody } from '../identity/identity.ts';
import { isLabel } from '../identity/modes/label.ts';
import { ALL } from '../lib/grant.ts';
import type { ProofProblem } from './conditions.ts';
import { covers, type Resource } from './resource.ts';

/** What a decision needs to know of a look for credentials; `null`: there were none. */
export type Proof =
  | { readonly kind: 'identified'; readonly identity: Identity }
  | { readonly kind: 'rejected'; readonly reason: RejectionReason }
  | { readonly kind: 'delayed'; readonly retryAfterSec: number }
  | null;

/** What a path asks for: nothing, nothing but to be told of who is there, any signed-in identity, or all of these resources. */
export type Need = 'public' | 'guests' | 'signed-in' | readonly Resource[];

export type ChallengeReason = 'no-credentials' | RejectionReason | ProofProblem;
export type DenyReason =
  | 'resource-not-granted'
  /** No rule of the app names it, so it is for those who may everything there. */
  | 'path-not-named'
  | 'network-not-allowed'
  | 'proof-too-weak'
  /** A personal access token says nothing of when its owner proved who they are. */
  | 'token-not-enough'
  | 'app-mismatch'
  | 'cross-site'
  | 'credentials-not-wanted'
  /** A page of Bokeh's brings a token that tells the app of somebody else, or one where none belongs. */
  | 'page-token-wrong'
  /** The upstream, which acts by a service credential, cannot be told for whom. */
  | 'user-not-delegable'
  /** The upstream does not let the service credential act for this user. */
  | 'delegation-refused'
  /** The Tableau behind does not let this user in. */
  | 'tableau-refused'
  | 'section-not-granted';

/** The reason is the log field, the metric label and the audit word as it stands. Only an adapter knows about statuses. */
export type Decision =
  | { readonly kind: 'allow'; readonly identity: Identity; readonly reason: 'public' | 'granted' }
  | { readonly kind: 'challenge'; readonly reason: ChallengeReason }
  | { readonly kind: 'wait'; readonly reason: 'too-many-attempts'; readonly retryAfterSec: number }
  | {
      readonly kind: 'deny';
      readonly identity: Identity;
      readonly reason: DenyReason;
      readonly missing: readonly Resource[];
      /** What the one who refused calls it, where that was another server. */
      readonly code?: string;
    };

/**
 * Lets a request through only where the need is met; every other way out is a refusal.
 * @param entry - what a label has to be granted where users need only be signed in; `null`: it is not let in there
 */
export function decide(need: Need, proof: Proof, entry: Resource | null = null): Decision {
  if (need === 'public') return { kind: 'allow', identity: nobody, reason: 'public' };
  if (need === 'guests' && isGuest(proof)) return { kind: 'allow', identity: guest, reason: 'public' };
  if (proof === null) return { kind: 'challenge', reason: 'no-credentials' };
  if (proof.kind === 'rejected') return { kind: 'challenge', reason: proof.reason };
  if (proof.kind === 'delayed')
    return { kind: 'wait', reason: 'too-many-attempts', retryAfterSec: proof.retryAfterSec };
  const { identity } = proof;
  if (need === 'guests' && isForEntry(identity, entry)) return { kind: 'allow', identity, reason: 'public' };
  const isUser = !isLabel(identity);
  if (need === 'signed-in' && isUser && isForEntry(identity, entry))
    return { kind: 'allow', identity, reason: 'granted' };
  const needed = typeof need !== 'string' ? need : entry ? [entry] : [];
  const missing = needed.filter((resource) => !holds(identity, resource));
  return missing.length === 0 && needed.length > 0
    ? { kind: 'allow', identity, reason: 'granted' }
    : { kind: 'deny', identity, reason: isUnnamed(missing) ? 'path-not-named' : 'resource-not-granted', missing };
}

/** Granted, and within what the proof is good for: whoever worked out the grants may have forgotten that. */
const holds = ({ allowedResources, scope }: Identity, resource: Resource): boolean =>
  allowedResources.some((grant) => covers(grant, resource)) && isWithin(scope, resource);

const isWithin = (scope: Identity['scope'], resource: Resource): boolean =>
  scope === undefined || scope.some((grant) => covers(grant, resource));

/** A proof that is good for some things lets into an app that asks for nothing where that app is among them. */
const isForEntry = ({ scope }: Identity, entry: Resource | null): boolean =>
  scope === undefined || (entry !== null && isWithin(scope, entry));

const isUnnamed = (missing: readonly Resource[]): boolean => missing.length === 1 && missing[0]?.name === ALL;

/** Who is signed in no more is a guest again; who sends a password or a token means that it is looked at. */
const isGuest = (proof: Proof): boolean =>
  proof === null ||
  (proof.kind === 'rejected' && (proof.reason.startsWith('session-') || proof.reason === 'duplicate-cookie'));
