import { ALL_OF_ANYONE } from '../directories/anyone.ts';
import { DashgateError } from '../errors.ts';
import { type Identity, ownerOf } from '../identity/identity.ts';
import { isLabel } from '../identity/modes/label.ts';
import { nowSec } from '../lib/clock.ts';
import type { Session } from '../session/session.ts';
import { type Arrived, type Desk, note } from './desk.ts';
import { startHref } from './pages/index.ts';

/** What may do harm to its user asks for a proof that is no older than this. */
const FRESH_SEC = 300;

export type ProofProblem =
  | { readonly kind: 'wrong-password' }
  | { readonly kind: 'delayed'; readonly retryAfterSec: number }
  | { readonly kind: 'unavailable' };

export type ProofFinding =
  /** Given with this very request, or within the last minutes. */
  | { readonly kind: 'fresh'; readonly isNow: boolean }
  /**
   * The password has to be given again; `problem`: it was not the right one. `provider`: whoever vouched has to be asked again, as
   * there is no password here.
   */
  | { readonly kind: 'asked'; readonly problem: ProofProblem | null; readonly provider?: ProvedBy };

export type ProofAsked = Extract<ProofFinding, { kind: 'asked' }>;

/** Where somebody proves anew who they are, who did it there before. */
export interface ProvedBy {
  readonly name: string;
  readonly startHref: string;
}

/** Whether the user behind a session has a password to prove themselves by: who only said a name has none of their own. */
export const hasProof = (session: Session): boolean => !isLabel(session) && !session.sub.startsWith(ALL_OF_ANYONE);

/** Looks for a proof that is fresh enough: the password of this request, which is counted as any attempt, or the sign-in itself. */
export async function findProof(
  desk: Desk,
  response: Arrived,
  { session, identity }: { readonly session: Session; readonly identity: Identity },
  password: string | undefined,
  /** Where a provider is to lead back to. */
  back: string = desk.own.sessions,
): Promise<ProofFinding> {
  const { attempts, clock, elsewhere, modes, own } = desk;
  const ageSec = nowSec(clock) - session.authTimeSec;
  const provider = session.provider && elsewhere.providers.findBySub(session.sub);
  if (password === undefined || password === '' || provider) {
    if (ageSec <= FRESH_SEC) return { kind: 'fresh', isNow: false };
    const again = provider && { name: provider.name, startHref: startHref(own, provider.id, back, true) };
    return { kind: 'asked', problem: null, ...(again && { provider: again }) };
  }
  const user = modes.directory.canonical(ownerOf(identity).user);
  const { clientAddress } = response.locals.arrival;
  // Whoever has the session is no stranger.
  const attempt = { user, address: clientAddress, device: () => session.jti };
  try {
    const found = await attempts.make(attempt, () => modes.directory.verify(user, password));
    if (found.kind === 'right' && found.person.sub === session.sub) return { kind: 'fresh', isNow: true };
    note(desk, response, 'login-refused', user, found.kind === 'delayed' ? 'too-many-attempts' : 'bad-password');
    return { kind: 'asked', problem: found.kind === 'delayed' ? found : { kind: 'wrong-password' } };
  } catch (error) {
    if (!(error instanceof DashgateError)) throw error;
    note(desk, response, 'login-refused', user, error.code);
    return { kind: 'asked', problem: { kind: 'unavailable' } };
  }
}
