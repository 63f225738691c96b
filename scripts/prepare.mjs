// What npm runs after `npm ci`, and `npx` at its first call in a clone. Without node_modules/ there is nothing to build with: were
// that an error, npx would leave its own folder half made, say nothing, and fail with ENOENT for good, after `npm ci` too.
import { existsSync } from 'node:fs';

if (existsSync(new URL('../node_modules', import.meta.url))) {
  process.argv[2] = 'build';
  await import('./on-node-24.mjs');
}
