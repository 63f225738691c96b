import { describe } from 'vitest';
import { missing, type Program } from './programs.ts';

/**
 * A suite that runs real programs: `needs('nginx', 'curl')('the chain', () => { … })`. Where one is missing the whole
 * suite is skipped, its name says what it lacked, and under CI that fails the run.
 */
export function needs(...programs: Program[]): (name: string, suite: () => void) => void {
  return (name, suite) => {
    const lacking = missing(...programs);
    if (lacking.length === 0) describe(name, suite);
    else describe.skip(`${name} (needs ${lacking.join(', ')})`, suite);
  };
}
