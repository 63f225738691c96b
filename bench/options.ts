import { parseArgs } from 'node:util';

export interface Options {
  readonly rounds: number;
  readonly seconds: number;
  /** Names of scenarios; `null`: all of them. */
  readonly only: ReadonlySet<string> | null;
  /** Files by the lower-cased name of the peer. */
  readonly peers: ReadonlyMap<string, string>;
  /** `null`: only print. */
  readonly output: string | null;
}

const OUTPUT = 'docs/benchmarks.md';

/** @param scenarios - the names that `--only` knows */
export const usage = (
  scenarios: readonly string[],
  peers: readonly string[],
): string => `Usage: npm run bench -- [OPTIONS]

Starts a real nginx, dashgate as it is built, and whoever else is here, measures them in turns with wrk, and writes medians,
ratios and a plot. Needs nginx and wrk (Debian: apt-get install nginx wrk). Read ratios, not absolute figures.

  --rounds N         how often each is measured; the median counts; default 3
  --seconds S        how long each time; default 2
  --only A,B         these scenarios: ${scenarios.join(', ')}
  --peer NAME=FILE   where a peer is that is not on the path (${peers.join(', ')}); again for more
  --output FILE      write the page to this file, and the plot beside it in images/;
                     default ${OUTPUT}, with --only nowhere
  --help

Exit code 0: measured, whatever the verdicts; 1: something of ours could not be measured; 2: usage.`;

/** @throws Error for a mistake in the arguments: its message is for whoever typed them */
export function readOptions(
  args: readonly string[],
  scenarios: readonly string[],
  peers: readonly string[],
): Options | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string', default: '3' },
      seconds: { type: 'string', default: '2' },
      only: { type: 'string' },
      peer: { type: 'string', multiple: true, default: [] },
      output: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return 'help';
  const only = values.only === undefined ? null : new Set(values.only.split(','));
  for (const name of only ?? []) {
    if (!scenarios.includes(name))
      throw new Error(`--only: there is no scenario ${name}; there are ${scenarios.join(', ')}`);
  }
  return {
    rounds: whole('rounds', values.rounds),
    seconds: whole('seconds', values.seconds),
    only,
    peers: new Map(values.peer.map((each) => readPeer(each, peers))),
    output: values.output ?? (only ? null : OUTPUT),
  };
}

function whole(name: string, text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= 600) return number;
  throw new Error(`--${name}: write a whole number from 1 to 600`);
}

function readPeer(text: string, peers: readonly string[]): [string, string] {
  const [, name = '', file = ''] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  const known = peers.find((peer) => peer.toLowerCase() === name.toLowerCase());
  if (known === undefined) throw new Error(`--peer: write NAME=FILE, where NAME is one of ${peers.join(', ')}`);
  return [known.toLowerCase(), file];
}
