import { setFlagsFromString } from 'node:v8';

/** Longer than a start takes. */
const LOADING_MS = 1000;

/**
 * V8 lets the space for new objects grow whenever much of what is in it survives, as all does that is made while a program is
 * loaded: it would stand at 8 MB, nearly empty, until there is something to do. From then on it may grow as V8 likes. A V8
 * that does not know the flag, or no longer looks at it, does as it always did.
 */
export function keepYoungSmallWhileLoading(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
  setTimeout(() => setFlagsFromString('--semi-space-growth-factor=2'), LOADING_MS).unref();
}
