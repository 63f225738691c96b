import { adviceOn, type TableauRefusal } from '../../apps/tableau/refusal.ts';
import { createTableauRest, type Outcome } from '../../apps/tableau/rest.ts';
import { TableauUnavailable } from '../../errors.ts';
import { at } from '../../lib/at.ts';
import { rootCause } from '../../lib/root-cause.ts';
import type { TokenSettings } from './settings.ts';

/** How far a sign-in, a query and the sign-out came. */
export interface Tried {
  readonly steps: readonly Step[];
  /** How many workbooks the user may see; `null`: it was not said. */
  readonly workbooks: number | null;
}

export interface Step {
  readonly name: 'sign-in' | 'query' | 'sign-out';
  /** `null`: it was done. */
  readonly problem: Problem | null;
}

interface Problem {
  /** What Tableau said; `null`: it did not answer, or not as Tableau does. */
  readonly refusal: TableauRefusal | null;
  readonly said: string;
}

/** Signs in by a token, asks for one workbook and signs out, whatever came of the question. Never throws for what the server does. */
export async function trySignIn(settings: TokenSettings, token: string): Promise<Tried> {
  const rest = createTableauRest(settings);
  const signIn = await tried('sign-in', () => rest.signIn(token));
  if (!signIn.value) return { steps: [signIn.step], workbooks: null };
  const session = signIn.value;
  const query = await tried('query', () => rest.ask(session, '/workbooks?pageSize=1'));
  const signOut = await tried('sign-out', () => rest.signOut(session));
  return { steps: [signIn.step, query.step, signOut.step], workbooks: countOf(query.value) };
}

async function tried<T>(
  name: Step['name'],
  ask: () => Promise<Outcome<T>>,
): Promise<{ readonly step: Step; readonly value: T | null }> {
  try {
    const outcome = await ask();
    if (outcome.kind === 'done') return { step: { name, problem: null }, value: outcome.value };
    return { step: { name, problem: { refusal: outcome.refusal, said: say(outcome.refusal) } }, value: null };
  } catch (error) {
    if (!(error instanceof TableauUnavailable)) throw error;
    const cause = rootCause(error)?.message ?? '';
    // Only where nothing came back is there a cause below it.
    const said = cause && ` (${cause})\n  look whether TABLEAU_SERVER is right, and whether this machine gets there`;
    return { step: { name, problem: { refusal: null, said: error.message + said } }, value: null };
  }
}

function say(refusal: TableauRefusal): string {
  const { status, code, detail } = refusal;
  const advice = adviceOn(refusal);
  const numbers = code === '' ? `${status}` : `${status}, code ${code}`;
  return `refused (${numbers})${detail && `: ${detail}`}${advice === null ? '' : `\n  ${advice}`}`;
}

function countOf(said: unknown): number | null {
  const total = Number(at(said, 'pagination', 'totalAvailable') ?? Number.NaN);
  return Number.isInteger(total) && total >= 0 ? total : null;
}
