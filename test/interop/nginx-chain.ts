import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { join } from 'node:path';
import { initNginx } from '../../src/cli/init.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/schema/config.ts';
import { hashArgon2 } from '../../src/directories/hash/argon2.ts';
import type { InitOptions } from '../../src/nginx/options.ts';
import { freePort } from '../support/free-port.ts';
import { type Nginx, startNginx } from '../support/start-nginx.ts';
import { type TempDir, tempDir } from '../support/temp-dir.ts';
import { type Dashboard, startDashboard } from './nginx-dashboard.ts';
import { startRealGate } from './nginx-gate.ts';

export interface Chain extends AsyncDisposable {
  /** Where nginx answers, on 127.0.0.1. */
  readonly port: number;
  /** Plain http that is sent on, where the public address is https. */
  readonly redirectPort: number;
  readonly host: string;
  readonly config: Config;
  readonly nginx: Nginx;
  readonly dashboard: Dashboard;
  readonly gate: AsyncDisposable;
  readonly dir: TempDir;
  accessLog(): Promise<string>;
}

export interface ChainOptions {
  /** YAML of the apps. `$DASHBOARD` is the dashboard's address, `$PORT` nginx's port, `$DIR` the chain's own folder. */
  readonly apps?: string;
  /** Variables that it is started with. */
  readonly env?: Record<string, string>;
  /** YAML: further sections. */
  readonly more?: string;
  readonly publicUrl?: string;
  readonly cert?: { readonly cert: string; readonly key: string };
  readonly options?: Partial<InitOptions>;
  /** In place of dashgate itself: what the check listener answers. `null`: nobody is there. */
  readonly check?: RequestListener | null;
  /** Made when the public address is known; its YAML is added, and it ends with the chain. */
  readonly beside?: (publicUrl: string) => Promise<AsyncDisposable & { readonly more: string }>;
}

/** The app at the end, kept path and cut path, with a part that is only for `hr` and a part for all. */
export const APPS = `
  - { name: kept, at: /kept/, upstream: "$DASHBOARD", resources: [{ resource: hr, paths: [/hr, "/hr/**"] }], open: ["/**"], public: [/open, "/open/**"] }
  - { name: cut, at: /cut/, upstream: "$DASHBOARD/", resources: [{ resource: hr, paths: [/hr, "/hr/**"] }], open: ["/**"] }`;

/** The real nginx with what `init nginx` prints, the real dashgate behind its check, and a dashboard that tells what it sees. */
export async function startChain({
  apps = APPS,
  more = '',
  publicUrl = 'http://localhost:$PORT',
  cert,
  options = {},
  env = {},
  check,
  beside,
}: ChainOptions = {}): Promise<Chain> {
  await using closing = new AsyncDisposableStack();
  const dir = closing.use(await tempDir());
  const dashboard = closing.use(await startDashboard());
  const [port, redirectPort] = [await freePort(), await freePort()];
  const fill = (text: string): string =>
    text.replaceAll('$DASHBOARD', dashboard.url).replaceAll('$PORT', `${port}`).replaceAll('$DIR', dir.path);
  await dir.write('users.yaml', await usersFile());
  const other = beside && closing.use(await beside(fill(publicUrl)));
  const file = await dir.write(
    'dashgate.yaml',
    fill(`
server: { public_url: "${publicUrl}", listen: "unix:$DIR/public.sock", check_listen: "unix:$DIR/check.sock", trusted_proxies: [unix] }
admin: { listen: "unix:$DIR/admin.sock" }
directories: [ { file: users.yaml } ]
apps:${apps}
${more}
${other?.more ?? ''}`),
  );
  const { config } = await loadConfig({ file, env, flags: {}, cwd: dir.path });
  const gate = closing.use(
    check === undefined ? await startRealGate(config) : await startStub(join(dir.path, 'check.sock'), check),
  );
  const text = await initNginx(config, {
    listen: [`127.0.0.1:${port}`],
    redirectListen: [`127.0.0.1:${redirectPort}`],
    accessLog: dir.file('access.log'),
    ...cert,
    ...options,
  });
  const nginx = closing.use(await startNginx(text));
  const all = closing.move();
  return {
    ...{ port, redirectPort, config, nginx, dashboard, gate, dir },
    host: config.server.publicUrl.host,
    accessLog: () => readFile(dir.file('access.log'), 'utf8'),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

async function startStub(socket: string, check: RequestListener | null): Promise<AsyncDisposable> {
  if (!check) return { [Symbol.asyncDispose]: async () => {} };
  const server: Server = createServer({ maxHeaderSize: 128 * 1024 }, check);
  server.listen(socket);
  await once(server, 'listening');
  return {
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** mica may everything, mike nothing of hr. */
export const PASSWORDS = { mica: 'correct horse', mike: 'battery staple' };

async function usersFile(): Promise<string> {
  const line = async (name: keyof typeof PASSWORDS, grant: string): Promise<string> => {
    const password = await hashArgon2(Buffer.from(PASSWORDS[name]));
    const rest = { name: name === 'mica' ? 'Mica' : 'Mike', email: `${name}@example.com`, allowed_resources: [grant] };
    return `  ${name}: ${JSON.stringify({ password, ...rest })}\n`;
  };
  return `users:\n${await line('mica', '_all_')}${await line('mike', 'marketing')}`;
}

export const MICA = basic('mica', PASSWORDS.mica);
export const MIKE = basic('mike', PASSWORDS.mike);

function basic(name: string, password: string): string {
  return `Authorization: Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;
}

/** A request as bytes: nothing between the test and nginx writes anything of its own. */
export const request = (chain: Chain, target: string, headers: readonly string[] = [], method = 'GET'): string =>
  [`${method} ${target} HTTP/1.1`, `Host: ${chain.host}`, 'Connection: close', ...headers, '', ''].join('\r\n');
