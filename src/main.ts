#!/usr/bin/env -S node --disable-warning=ExperimentalWarning
import { main } from './cli/main.ts';

const ending = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  // The second one means now.
  process.once(signal, () => {
    process.once(signal, () => process.exit(1));
    ending.abort();
  });
}

process.exitCode = await main(process.argv.slice(2), {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  env: process.env,
  cwd: process.cwd(),
  stdin: process.stdin,
  signal: ending.signal,
});
