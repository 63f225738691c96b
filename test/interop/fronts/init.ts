import { main } from '../../../src/cli/main.ts';
import type { FrontName } from '../../../src/fronts/options.ts';
import { createOwnPaths, DEFAULT_PREFIX } from '../../../src/lib/own-paths.ts';
import { freePort } from '../../support/free-port.ts';
import { frontProgram, program } from '../../support/programs.ts';
import { type RunningProgram, startProgram } from '../../support/start-program.ts';
import { type TempDir, tempDir } from '../../support/temp-dir.ts';
import type { Front } from './envoy.ts';
import { type Places, WIKI_TELLS } from './printed.ts';
import { routed } from './traefik.ts';

/** The apps of the gate, where they are here. */
const configOf = ({ public: ours, check, dashboard }: Places): string => `
server:
  public_url: "http://dash.example.com"
  listen: "127.0.0.1:${ours}"
  check_listen: "127.0.0.1:${check}"
  trusted_proxies: [127.0.0.1]
directories: [{ file: users.yaml }]
apps:
  - { name: sales, at: /, upstream: "http://127.0.0.1:${dashboard}" }
  - { name: wiki, at: /wiki/, upstream: "http://127.0.0.1:${dashboard}", identity_headers: ${JSON.stringify(WIKI_TELLS)} }
`;

/** The file that `dashgate init NAME` writes, as an operator would have it. */
async function print(dir: TempDir, config: string, name: FrontName, args: readonly string[]): Promise<string> {
  const file = dir.file('front.yaml');
  let said = '';
  const err = (text: string): void => {
    said += text;
  };
  const io = { out: err, err, env: {}, cwd: dir.path, stdin: process.stdin, signal: AbortSignal.timeout(60_000) };
  const code = await main(['init', name, '--config', config, '--output', file, ...args], io);
  if (code !== 0) throw new Error(`init ${name} ended with ${code}: ${said}`);
  return file;
}

/** Where a front listens, and what it is printed from. */
export interface Wanted {
  /** The dashgate.yaml. */
  readonly config: string;
  readonly port: number;
  /** Where plain http is sent on to https; absent: the apps are at plain http. */
  readonly redirectPort?: number;
  /** Of dashgate's own pages, where that is not the default. */
  readonly prefix?: string;
  /** Further flags of `init`. */
  readonly args?: readonly string[];
}

/** The real program with what `init` prints for it: Caddy as Debian has it. */
export async function startPrinted(name: FrontName, wanted: Wanted): Promise<Front> {
  const { config, port, redirectPort, prefix = DEFAULT_PREFIX, args = [] } = wanted;
  await using closing = new AsyncDisposableStack();
  const dir = closing.use(await tempDir());
  const at =
    name === 'traefik'
      ? ['--entry-point', 'apps', ...(redirectPort === undefined ? [] : ['--redirect-entry-point', 'plain'])]
      : [
          ...['--listen', `127.0.0.1:${port}`],
          ...(redirectPort === undefined ? [] : ['--redirect-listen', `127.0.0.1:${redirectPort}`]),
        ];
  const file = await print(dir, config, name, [...at, ...args]);
  const running = closing.use(await RUN[name](file, wanted, dir));
  if (name === 'traefik')
    await routed(port, redirectPort !== undefined, createOwnPaths(prefix)).catch((cause: unknown) => {
      throw new Error(`Traefik takes no requests:\n${running.output()}`, { cause });
    });
  const all = closing.move();
  return { port, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

const RUN: Record<FrontName, (file: string, wanted: Wanted, dir: TempDir) => Promise<RunningProgram>> = {
  caddy: (file, _wanted, dir) =>
    startProgram(program('caddy'), ['run', '--config', file, '--adapter', 'caddyfile'], {
      ready: /serving initial configuration/,
      env: { XDG_DATA_HOME: dir.path, XDG_CONFIG_HOME: dir.path, CADDY_ADMIN: `unix/${dir.file('admin.sock')}` },
    }),
  envoy: (file) =>
    startProgram(frontProgram('envoy'), ['-c', file, '--concurrency', '1', '--use-dynamic-base-id'], {
      ready: /starting main dispatch loop/,
    }),
  traefik: (file, { port, redirectPort }) =>
    startProgram(frontProgram('traefik'), [
      `--entryPoints.apps.address=127.0.0.1:${port}`,
      ...(redirectPort === undefined ? [] : [`--entryPoints.plain.address=127.0.0.1:${redirectPort}`]),
      ...[`--providers.file.filename=${file}`, '--log.level=INFO', '--global.checkNewVersion=false'],
    ]),
};

/** For the apps of the gate. */
export const starterOf =
  (name: FrontName) =>
  async (places: Places): Promise<Front> => {
    await using dir = await tempDir();
    const config = await dir.write('dashgate.yaml', configOf(places));
    return await startPrinted(name, { config, port: await freePort() });
  };
