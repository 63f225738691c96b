import type { Identity } from '../identity/identity.ts';

/** What has to hold of a request beside who it is from. */
export interface Condition {
  /** `null`: from anywhere. */
  readonly isFrom: ((address: string) => boolean) | null;
  /** `null`: however it was proved. */
  readonly proof: ProofRule | null;
}

/** How somebody has to have proved who they are, and how lately. */
export interface ProofRule {
  /** Each of these methods (RFC 8176). */
  readonly amr: readonly string[];
  /** One of these classes (OpenID Connect Core §2); empty: no matter which. */
  readonly acr: readonly string[];
  /** In seconds; `null`: no matter when. */
  readonly maxAgeSec: number | null;
}

export type ProofProblem = 'proof-too-old' | 'proof-too-weak';
type Proved = Pick<Identity, 'amr' | 'acr' | 'authTimeSec'>;

interface Arrived {
  readonly conditions: readonly Condition[];
  readonly clientAddress: string;
  readonly isAddressKnown: boolean;
}

/** Whether a client asks from where it may not. One whose address is not known is nowhere. */
export const isFromElsewhere = ({ conditions, clientAddress, isAddressKnown }: Arrived): boolean =>
  conditions.some(({ isFrom }) => isFrom !== null && !(isAddressKnown && isFrom(clientAddress)));

/** What a proof lacks; what is too weak comes first, as the same proof anew would not do either. */
export function proofProblem(conditions: readonly Condition[], proved: Proved, nowSec: number): ProofProblem | null {
  const rules = conditions.flatMap(({ proof }) => proof ?? []);
  const isStrong = ({ amr, acr }: ProofRule): boolean =>
    amr.every((method) => proved.amr.includes(method)) &&
    (acr.length === 0 || (proved.acr !== undefined && acr.includes(proved.acr)));
  if (!rules.every(isStrong)) return 'proof-too-weak';
  return nowSec >= goodUntilSec(conditions, proved) ? 'proof-too-old' : null;
}

/** What to ask of whoever can give another proof, so that it does. */
export interface WantedProof {
  /** Classes, each of which would do, the one to be preferred first; empty: no matter which. */
  readonly acr: readonly string[];
  /** In seconds; `null`: no matter when. */
  readonly maxAgeSec: number | null;
}

export function wantedProof(conditions: readonly Condition[]): WantedProof {
  const rules = conditions.flatMap(({ proof }) => proof ?? []);
  const [first = [], ...others] = rules.map(({ acr }) => acr).filter((acr) => acr.length > 0);
  const common = first.filter((one) => others.every((acr) => acr.includes(one)));
  const ages = rules.flatMap(({ maxAgeSec }) => maxAgeSec ?? []);
  // Where no class would do for all, one that does for some is as near as it gets.
  return { acr: common.length > 0 ? common : first, maxAgeSec: ages.length > 0 ? Math.min(...ages) : null };
}

/** When a proof will be too old, in seconds since the epoch; `Infinity`: never. */
export const goodUntilSec = (conditions: readonly Condition[], { authTimeSec }: Pick<Proved, 'authTimeSec'>): number =>
  Math.min(...conditions.map(({ proof }) => authTimeSec + (proof?.maxAgeSec ?? Number.POSITIVE_INFINITY)));
