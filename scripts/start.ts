import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { compile, isOutOfDate } from './compile.ts';

// `npm start -- --upstream …`: builds when a source is newer than the build, then runs the demo with what was added.

if (isOutOfDate()) {
  const code = await compile();
  if (code !== 0) process.exit(code);
}

const main = join(import.meta.dirname, '../dist/main.js');
const demo = spawn(
  process.execPath,
  ['--disable-warning=ExperimentalWarning', main, 'demo', ...process.argv.slice(2)],
  { stdio: 'inherit' },
);
// A terminal's Ctrl-C reaches the demo by itself; a SIGTERM from a supervisor reaches only this process.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => signal === 'SIGINT' || demo.kill(signal));
}
// Where npm is ended by a signal, the shell between it and this process goes without passing the signal on.
const shell = process.ppid;
const watch = setInterval(() => process.ppid === shell || demo.kill('SIGTERM'), 500);
demo.on('exit', (code, signal) => {
  clearInterval(watch);
  process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 1);
});
