import { createTogether, type Later } from './end-of-turn.ts';

/**
 * Does what it is told together, when so much time has passed since the first of it.
 * @param ms - milliseconds
 */
export const createInAWhile = (ms: number): Later => createTogether((run) => setTimeout(run, ms));
