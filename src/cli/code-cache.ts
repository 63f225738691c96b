import { existsSync } from 'node:fs';
import { enableCompileCache, flushCompileCache } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What runs to answer the first requests has run by then. */
const SETTLED_MS = 2000;

const isBuilt = !import.meta.url.endsWith('.ts');

/**
 * Keeps what V8 made of the files of the bundle, so that the next start need not compile them again. The folder lies beside
 * them: whoever may write there could change the program as well. Nothing depends on it; `NODE_COMPILE_CACHE=FOLDER` names
 * another one, and `NODE_DISABLE_COMPILE_CACHE=1` keeps nothing.
 */
export function keepCodeByProgram(): void {
  if (isBuilt) enableCompileCache(fileURLToPath(new URL('../compiled', import.meta.url)));
}

/**
 * The same where the program's own folder cannot be written to, as in an image: what is read from here on is kept with the
 * state, which is nobody else's. That folder is not made here.
 */
export function keepCodeByState(state: string): void {
  if (isBuilt && existsSync(state)) enableCompileCache(join(state, 'compiled'));
}

/** Writes it down a moment from now: at its end a process may have no time for that. */
export function writeCodeSoon(): void {
  setTimeout(flushCompileCache, SETTLED_MS).unref();
}
