import { mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { missing, packagesOf } from '../test/support/programs.ts';
import { describeMachine } from './machine.ts';
import { readOptions, usage } from './options.ts';
import { findPeers, PEER_NAMES } from './peers/find.ts';
import { plot } from './plot.ts';
import { report } from './report.ts';
import { run } from './run.ts';
import type { Result } from './scenario.ts';
import { scenarios } from './scenarios/all.ts';

const names = scenarios.map(({ name }) => name);
const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** @returns the exit code */
export async function bench(args: readonly string[]): Promise<number> {
  let options: ReturnType<typeof readOptions>;
  try {
    options = readOptions(args, names, PEER_NAMES);
  } catch (error) {
    say(`bench: ${error instanceof Error ? error.message : String(error)}\n\n${usage(names, PEER_NAMES)}`);
    return 2;
  }
  if (options === 'help') {
    console.log(usage(names, PEER_NAMES));
    return 0;
  }
  const lacking = missing('nginx', 'wrk');
  if (lacking.length > 0) {
    say(
      `bench: ${lacking.join(' and ')} missing: apt-get install ${lacking.flatMap((name) => packagesOf(name).apt).join(' ')}`,
    );
    return 1;
  }
  const { rounds, seconds, only, output } = options;
  const { here, missing: absent } = findPeers(options.peers);
  const machine = describeMachine(here, absent);
  for (const line of machine) say(line);
  const image = join(dirname(output ?? 'benchmarks.md'), 'images', `${basename(output ?? 'benchmarks.md', '.md')}.svg`);
  const pageOf = (results: readonly Result[]): string =>
    report(results, {
      ...{ machine, rounds, seconds },
      date: new Date().toISOString().slice(0, 10),
      command: ['npm run bench', ...(args.length > 0 ? ['--', ...args.map(shown)] : [])].join(' '),
      image: relative(dirname(output ?? '.'), image),
    });
  if (output !== null) await mkdir(dirname(image), { recursive: true });
  const results: Result[] = [];
  for (const scenario of scenarios.filter(({ name }) => only?.has(name) ?? true)) {
    results.push(await run(scenario, { rounds, seconds, peers: here, say }));
    // Each time anew, so that a run that is ended early leaves what it has.
    if (output !== null) await Promise.all([writeFile(output, pageOf(results)), writeFile(image, plot(results))]);
  }
  if (output === null) console.log(pageOf(results));
  else say(`written: ${output}, ${image}`);
  return results.some(({ notes }) => notes.some((line) => line.startsWith('dashgate'))) ? 1 : 0;
}

/** Of a file of this machine the name is enough. */
const shown = (arg: string): string => arg.replace(/=\/.*\//, '=…/').replace(resolve('.'), '.');
