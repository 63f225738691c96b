import { createOwnPaths, DEFAULT_PREFIX } from '../../src/lib/own-paths.ts';

/** Where dashgate's own pages are, unless a configuration says otherwise. */
export const OWN = createOwnPaths(DEFAULT_PREFIX);
