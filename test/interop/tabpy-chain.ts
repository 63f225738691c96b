import { createDashgate } from '../../src/app.ts';
import { initNginx } from '../../src/cli/init.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { Log } from '../../src/telemetry/log.ts';
import { curl } from '../support/curl.ts';
import { freePort } from '../support/free-port.ts';
import { userLine } from '../support/gate.ts';
import type { PlainResponse } from '../support/parse-response.ts';
import { startNginx } from '../support/start-nginx.ts';
import { tempDir } from '../support/temp-dir.ts';

/** Which of the two stands in front: dashgate itself, or nginx that asks it. */
export type Way = 'proxy' | 'nginx';

/** mica may everything, mike query `double`, and nora what every signed-in user may. */
export const PASSWORDS = { mica: 'mica Gz"7', mike: 'mike-Qp4', nora: 'nora-Xb9' } as const;
const GRANTS = { mica: ['_all_'], mike: ['models'], nora: [] } as const;

export const as = (user: keyof typeof PASSWORDS): string[] => ['-u', `${user}:${PASSWORDS[user]}`];

export interface TabpyChain extends AsyncDisposable {
  readonly way: Way;
  /** Where clients find it, with a slash at its end. */
  readonly url: string;
  /** The real curl, with curl's own arguments behind the path. */
  ask(path: string, ...args: string[]): Promise<PlainResponse>;
  post(path: string, body: unknown, ...args: string[]): Promise<PlainResponse>;
  /** All that dashgate has logged, as text. */
  logged(): string;
}

/** @param app - YAML: the keys of the app beside name, at and kind; `$DIR` is a folder of its own with the `files` */
export async function startTabpyChain(
  way: Way,
  app: string,
  files: Readonly<Record<string, string>> = {},
): Promise<TabpyChain> {
  await using closing = new AsyncDisposableStack();
  const dir = closing.use(await tempDir());
  const [gatePort, frontPort] = [await freePort(), await freePort()];
  const port = way === 'proxy' ? gatePort : frontPort;
  const users = Object.entries(PASSWORDS).map(([user, password]) =>
    userLine(user, password, GRANTS[user as keyof typeof GRANTS]),
  );
  await dir.write('users.yaml', `users:\n${(await Promise.all(users)).join('')}`);
  for (const [name, text] of Object.entries(files)) await dir.write(name, text, 0o600);
  const file = await dir.write(
    'dashgate.yaml',
    `server: { listen: "127.0.0.1:${gatePort}", check_listen: "unix:${dir.file('check.sock')}", public_url: "http://localhost:${port}", trusted_proxies: [127.0.0.1] }
admin: { listen: "unix:${dir.file('admin.sock')}" }
directories: [{ file: users.yaml }]
apps:
  - { name: tabpy, at: /, kind: tabpy, ${app.replaceAll('$DIR', dir.path)} }
`,
  );
  const { config } = await loadConfig({ file, env: {}, flags: {}, cwd: dir.path });
  const lines: string[] = [];
  const note = (message: string, fields?: object): void =>
    void lines.push(`${message} ${JSON.stringify(fields ?? {})}`);
  const log: Log = { debug: note, info: note, warn: note, error: note, audit: note };
  const dashgate = await createDashgate(config, { log });
  closing.defer(() => dashgate.close());
  if (way === 'nginx') {
    const listen = [`127.0.0.1:${frontPort}`];
    closing.use(await startNginx(await initNginx(config, { listen, accessLog: dir.file('access.log') })));
  }
  const url = `http://localhost:${port}/`;
  const ask = (path: string, ...args: string[]): Promise<PlainResponse> =>
    curl('--resolve', `localhost:${port}:127.0.0.1`, ...args, url + path.slice(1));
  const all = closing.move();
  return {
    way,
    url,
    ask,
    post: (path, body, ...args) =>
      ask(path, '-H', 'Content-Type: application/json', '--data-binary', JSON.stringify(body), ...args),
    logged: () => lines.join('\n'),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}
