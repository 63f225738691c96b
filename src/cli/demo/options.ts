import { resolve } from 'node:path';
import { isLoopback, type Listen, listen as listenSchema } from '../../config/schema/address.ts';
import { type Upstream, upstream as upstreamSchema } from '../../config/schema/app-address.ts';
import { UsageError } from '../../errors.ts';
import { readArguments } from '../arguments.ts';
import type { Io } from '../command.ts';

export interface DemoOptions {
  /** `null`: the sample. `text` is as it was typed. */
  readonly upstream: { readonly text: string; readonly at: Upstream } | null;
  readonly listen: Extract<Listen, { kind: 'tcp' }>;
  /** Absolute. */
  readonly state: string;
}

const FLAGS = { upstream: 'text', listen: 'text', state: 'text' } as const;
const LISTEN = '127.0.0.1:8080';

/** The words behind `demo`, wrong ones told in the words that were typed. Throws UsageError. */
export function readDemoOptions(args: readonly string[], { cwd, env }: Pick<Io, 'cwd' | 'env'>): DemoOptions {
  const { options, words } = readArguments(args, FLAGS, { mostWords: 1 });
  const { upstream, listen = LISTEN, state = 'state' } = options as Partial<Record<keyof typeof FLAGS, string>>;
  refuseLost(words, env);
  const at = readListen(listen);
  return {
    upstream: upstream === undefined ? null : readUpstream(upstream, at),
    listen: at,
    state: resolve(cwd, state),
  };
}

/** Without `--`, npm keeps the flags for itself, and hands on what stood behind them. */
function refuseLost([word]: readonly string[], env: Io['env']): void {
  const kept = Object.keys(FLAGS).find((name) => env[`npm_config_${name}`] !== undefined);
  if (kept !== undefined && env.npm_command !== undefined) {
    const given = env[`npm_config_${kept}`];
    const value = given === 'true' ? (word ?? '…') : given;
    throw new UsageError(`npm kept --${kept} for itself; write -- before it: npm start -- --${kept} ${value}`);
  }
  if (word === undefined) return;
  const isAddress = /^https?:\/\//i.test(word);
  throw new UsageError(`"${word}" is one word too many${isAddress ? `; did you mean --upstream ${word}?` : ''}`);
}

function readListen(given: string): DemoOptions['listen'] {
  const hint = /^:?\d{1,5}$/.test(given) ? `; did you mean 127.0.0.1:${given.replace(':', '')}?` : '';
  const { data: at } = listenSchema.safeParse(given);
  if (at?.kind !== 'tcp' || at.port === 0)
    throw new UsageError(`--listen: ${given} is no address with a port, as ${LISTEN}${hint}`);
  if (!isLoopback(at))
    throw new UsageError(
      `--listen: the demo answers on loopback only, as its passwords are public, and ${given} is reached from other machines; use "dashgate serve" for more`,
    );
  return at;
}

function readUpstream(given: string, listen: DemoOptions['listen']): NonNullable<DemoOptions['upstream']> {
  const { data: at } = upstreamSchema.safeParse(given);
  if (!at) {
    const meant = `http://${/^:?\d{1,5}$/.test(given) ? `127.0.0.1:${given.replace(':', '')}` : given}`;
    const hint = !given.includes('://') && upstreamSchema.safeParse(meant).success ? `; did you mean ${meant}?` : '';
    throw new UsageError(`--upstream: ${given} is no address of a dashboard, as http://127.0.0.1:8050${hint}`);
  }
  if (at.kind === 'tcp' && at.port === listen.port && isLoopback({ kind: 'tcp', host: at.host, port: at.port }))
    throw new UsageError(
      `--upstream: ${given} is where the demo itself answers; name the port of your dashboard, or move the demo by --listen`,
    );
  return { text: given, at };
}
