// What npm runs after `npm ci`, and `npx` at its first call in a clone. Without node_modules/ there is nothing to build with. Were that
// an error, or left it dist/main.js out, npx would keep its own half-made folder and find no dashgate for good, after `npm ci` too.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const inClone = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url));

const FIRST = `#!/usr/bin/env node
console.error('dashgate: nothing is installed yet; run "npm ci" in the topmost folder of the clone, then this again');
process.exitCode = 2;
`;

if (existsSync(inClone('node_modules'))) {
  process.argv[2] = 'build';
  await import('./on-node-24.mjs');
} else if (!existsSync(inClone('dist/main.js'))) {
  mkdirSync(dirname(inClone('dist/main.js')), { recursive: true });
  writeFileSync(inClone('dist/main.js'), FIRST);
}
