import type { Identity } from '../identity/identity.ts';
import type { Arrived, Desk } from './desk.ts';
import type { Pages } from './pages/index.ts';
import type { ProofAsked, ProofProblem } from './proof.ts';

/** What it is for, and of whom it is asked. */
interface Asked extends Pick<Parameters<Pages['prove']>[0], 'what'> {
  readonly identity: Pick<Identity, 'user' | 'name'>;
}

/** Answers that a proof is missing or wrong. @param view - what the page says; `null`: a program asks, and is told in JSON */
export function askProof({ looks }: Desk, response: Arrived, proof: ProofAsked, view: Asked | null): void {
  response.status(statusOf(proof.problem, response));
  if (view) {
    const { user, name } = view.identity;
    response.type('html').send(looks.pages.prove({ what: view.what, user, name: name || user, ...proof }));
  } else response.json(refusalOf(proof));
}

/** The status that says what was wrong with a proof, with `Retry-After` where that helps. */
function statusOf(problem: ProofProblem | null, response: Arrived): number {
  if (problem?.kind === 'delayed') response.set('Retry-After', String(problem.retryAfterSec));
  if (problem?.kind === 'unavailable') return 503;
  return problem?.kind === 'delayed' ? 429 : problem ? 401 : 403;
}

const refusalOf = ({ problem, provider }: ProofAsked): { error: string; reason: string } =>
  problem
    ? { error: PROBLEMS[problem.kind], reason: problem.kind }
    : { error: provider ? AT_PROVIDER : AGAIN, reason: 'proof-too-old' };

const AGAIN = 'This needs your password again; send it as "password".';
const AT_PROVIDER = 'This needs a new sign-in where you signed in; it takes a browser.';

const PROBLEMS = {
  'wrong-password': 'The password is wrong.',
  delayed: 'Too many attempts. Try again later.',
  unavailable: 'The password cannot be checked at the moment.',
} satisfies Record<ProofProblem['kind'], string>;
