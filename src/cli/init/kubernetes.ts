import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { loadConfig } from '../../config/load.ts';
import { UsageError } from '../../errors.ts';
import { defaults, readOptions } from '../../kubernetes/options.ts';
import { kubernetes } from '../../kubernetes/render.ts';
import { readArguments } from '../arguments.ts';
import type { Io } from '../command.ts';
import { placed } from '../placed.ts';
import { warnOfLeft } from './warn.ts';
import { writeOutput } from './write-output.ts';

export const FLAGS = {
  ...({ config: 'text', output: 'text', front: 'text', namespace: 'text', image: 'text', redis: 'text' } as const),
  ...({ 'front-namespace': 'text', class: 'text', 'tls-secret': 'text' } as const),
};

export const KUBERNETES_FLAGS = `  --front FRONT            gateway (Gateway API, with Envoy Gateway), traefik or
                           ingress-nginx; default ${defaults.front}
  --namespace NAME         where dashgate runs; default ${defaults.namespace}
  --image NAME             the image of dashgate; default ${defaults.image}
  --redis URL              session.store of all instances; default as the file
                           says, else ${defaults.redis}
  --front-namespace NAME   where the front's own pods run; default
                           envoy-gateway-system, traefik or ingress-nginx
  --class NAME             the GatewayClass or IngressClass; default eg or nginx
  --tls-secret NAME        the Secret with the certificate; default ${defaults.tlsSecret}
  --config, --output       as above`;

/** Prints the manifests from the file as it stands: what the pods are given is what was looked at. */
export async function initKubernetes(args: readonly string[], io: Io): Promise<number> {
  const { options: given, words } = readArguments(args, FLAGS, { mostWords: 1 });
  if (words[0] !== 'kubernetes') throw new UsageError('write: dashgate init kubernetes');
  const options = readOptions(given);
  const file = typeof given.config === 'string' ? given.config : 'dashgate.yaml';
  const loaded = await loadConfig({ file, env: {}, flags: {}, cwd: io.cwd });
  const written = await readFile(resolve(io.cwd, file), 'utf8');
  const text = await placed(loaded, () => kubernetes(loaded.config, written, options));
  if (typeof given.output === 'string') await writeOutput(resolve(io.cwd, given.output), text);
  else io.out(text);
  warnOfLeft(loaded.config, 'the front of the cluster', io);
  for (const line of warnings(options)) io.err(`warning: ${line}\n`);
  return 0;
}

function* warnings({ front, image }: ReturnType<typeof readOptions>): Generator<string> {
  if (image === defaults.image)
    yield 'the image is called dashgate: name yours by --image, with its registry and version';
  if (front === 'ingress-nginx')
    yield 'ingress-nginx asks once when a websocket or event stream begins: what is open outlives its session';
}
