import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

// `npm run check`: everything that can be said about the code without running it. Stops at the first that fails.

interface Step {
  name: string;
  command: [file: string, ...args: string[]];
  hint: string;
}

const steps: Step[] = [
  { name: 'types', command: ['tsc'], hint: 'mend the types above' },
  {
    name: "types of the pages' scripts",
    command: ['tsc', '-p', 'tsconfig.page.json'],
    hint: 'mend the types above; they stand in JSDoc',
  },
  { name: 'lint and format', command: ['biome', 'ci'], hint: '`npx biome check --write` mends most of it' },
  { name: 'nothing unused', command: ['knip'], hint: 'use it, delete it, or stop exporting it' },
  {
    name: 'docs in sync',
    command: ['node', 'scripts/docs.ts', '--check'],
    hint: '`npx node scripts/docs.ts` writes the pages anew; commit them',
  },
];

const root = join(import.meta.dirname, '..');
for (const { name, command, hint } of steps) {
  const startMs = Date.now();
  const [file, ...args] = command;
  // npm puts node_modules/.bin first on the path; a shell is needed only for Windows' .cmd files.
  const { status, error } = spawnSync(file, args, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' });
  if (status !== 0) {
    console.error(`check: ${name}: failed${error ? ` (${error.message})` : ''}. What to do: ${hint}.`);
    process.exit(1);
  }
  console.log(`check: ${name}: ok (${((Date.now() - startMs) / 1000).toFixed(1)} s)`);
}
