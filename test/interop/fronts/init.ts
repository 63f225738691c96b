import { main } from '../../../src/cli/main.ts';
import type { FrontName } from '../../../src/fronts/options.ts';
import { freePort } from '../../support/free-port.ts';
import { frontProgram, program } from '../../support/programs.ts';
import { type RunningProgram, startProgram } from '../../support/start-program.ts';
import { type TempDir, tempDir } from '../../support/temp-dir.ts';
import type { Front } from './envoy.ts';
import type { Places } from './printed.ts';
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
  - { name: wiki, at: /wiki/, upstream: "http://127.0.0.1:${dashboard}" }
`;

/** The file that `dashgate init NAME` writes, as an operator would have it. */
async function print(dir: TempDir, places: Places, name: FrontName, args: readonly string[]): Promise<string> {
  const config = await dir.write('dashgate.yaml', configOf(places));
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

type Run = (file: string, port: number, dir: TempDir) => Promise<RunningProgram>;

const starter =
  (name: FrontName, argsFor: (port: number) => readonly string[], run: Run) =>
  async (places: Places): Promise<Front> => {
    await using closing = new AsyncDisposableStack();
    const dir = closing.use(await tempDir());
    const port = await freePort();
    const file = await print(dir, places, name, argsFor(port));
    const running = closing.use(await run(file, port, dir));
    if (name === 'traefik')
      await routed(port).catch((cause: unknown) => {
        throw new Error(`Traefik takes no requests:\n${running.output()}`, { cause });
      });
    const all = closing.move();
    return { port, [Symbol.asyncDispose]: () => all.disposeAsync() };
  };

const listen = (port: number): readonly string[] => ['--listen', `127.0.0.1:${port}`];

/** The real Caddy, as Debian has it. */
export const startPrintedCaddy = starter('caddy', listen, (file, _port, dir) =>
  startProgram(program('caddy'), ['run', '--config', file, '--adapter', 'caddyfile'], {
    ready: /serving initial configuration/,
    env: { XDG_DATA_HOME: dir.path, XDG_CONFIG_HOME: dir.path, CADDY_ADMIN: `unix/${dir.file('admin.sock')}` },
  }),
);

export const startPrintedEnvoy = starter('envoy', listen, (file) =>
  startProgram(frontProgram('envoy'), ['-c', file, '--concurrency', '1', '--use-dynamic-base-id'], {
    ready: /starting main dispatch loop/,
  }),
);

export const startPrintedTraefik = starter(
  'traefik',
  () => ['--entry-point', 'apps'],
  (file, port) =>
    startProgram(frontProgram('traefik'), [
      `--entryPoints.apps.address=127.0.0.1:${port}`,
      ...[`--providers.file.filename=${file}`, '--log.level=INFO', '--global.checkNewVersion=false'],
    ]),
);
