import { resolve } from 'node:path';
import { loadConfig } from '../../config/load.ts';
import { UsageError } from '../../errors.ts';
import { checkFront } from '../../fronts/check.ts';
import { frontText } from '../../fronts/front.ts';
import { ENVOY_TLS, type FrontName, readFrontOptions, TITLES } from '../../fronts/options.ts';
import { readArguments } from '../arguments.ts';
import type { Io } from '../command.ts';
import { placed } from '../placed.ts';
import { warn } from './warn.ts';
import { writeOutput } from './write-output.ts';

export const FLAGS = {
  ...({ config: 'text', output: 'text', cert: 'text', key: 'text', dashgate: 'text' } as const),
  ...({ listen: 'text', 'redirect-listen': 'text', 'entry-point': 'text', 'redirect-entry-point': 'text' } as const),
};

export const FRONT_FLAGS = `  --cert FILE, --key FILE  certificate chain and key, as the front's machine names
                           them; without: Caddy gets its own, Traefik has those
                           of its configuration, and Envoy takes
                           ${ENVOY_TLS.cert} and
                           ${ENVOY_TLS.key}
  --listen, --redirect-listen, --dashgate, --config, --output
                           as above; the first two not for Traefik
  --entry-point NAME       Traefik alone: where the apps are; default websecure,
                           or web where server.public_url is plain http
  --redirect-entry-point NAME
                           Traefik alone: where plain http is sent on to https;
                           none: nowhere; default web`;

export async function initFront(name: FrontName, args: readonly string[], io: Io): Promise<number> {
  const { options: given, config: flags, words } = readArguments(args, FLAGS, { takesConfig: true, mostWords: 1 });
  if (words[0] !== name) throw new UsageError(`write: dashgate init ${name}`);
  const options = readFrontOptions(name, given);
  const file = typeof given.config === 'string' ? given.config : undefined;
  const loaded = await loadConfig({ file, env: io.env, flags, cwd: io.cwd });
  const { config } = loaded;
  const text = await placed(loaded, () => frontText(config, name, options));
  const verdict = await checkFront(config, name, options);
  const title = TITLES[name];
  if (verdict.kind === 'refused') {
    io.err(`dashgate: ${title} refuses this configuration:\n${verdict.message}\n`);
    return 1;
  }
  if (typeof given.output === 'string') await writeOutput(resolve(io.cwd, given.output), text);
  else io.out(text);
  if (verdict.kind === 'accepted')
    io.err([`${title} accepts it`, ...verdict.notes].map((line) => `${line}\n`).join(''));
  else io.err(UNCHECKED[verdict.kind](name, title));
  warn(config, title, io);
  return 0;
}

const UNCHECKED = {
  'not-here': (name: FrontName, title: string) =>
    `${title} is not on this machine: run ${name === 'caddy' ? 'caddy validate' : 'envoy --mode validate'} where it is\n`,
  'no-check': (_: FrontName, title: string) =>
    `${title} has no command that checks a file: look at its log for errors once it has read this one\n`,
} as const;
