import { bench } from '../bench/main.ts';
import { compile, isOutOfDate } from './compile.ts';

// `npm run bench -- …`: measures the build, which is made anew where a source is newer.

// What was started ends with this process, also where that is told to end.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(signal, () => process.exit(1));
const args = process.argv.slice(2);
const code = args.includes('--help') || !isOutOfDate() ? 0 : await compile();
process.exitCode = code === 0 ? await bench(args) : code;
