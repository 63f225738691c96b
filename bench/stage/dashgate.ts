import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { hashArgon2 } from '../../src/directories/hash/argon2.ts';
import { freePort } from '../../test/support/free-port.ts';
import type { TempDir } from '../../test/support/temp-dir.ts';
import { ask } from './ask.ts';
import { type Server, startServer } from './server.ts';
import { childrenOf } from './usage.ts';

export const HOST = 'dash.example.com';
export const PASSWORD = 'ada-Gz7';
export const BASIC = `Basic ${Buffer.from(`ada:${PASSWORD}`).toString('base64')}`;
const CHECK = '/_dashgate/auth/nginx';

export interface DashgateOptions {
  /** Of the dashboard. */
  readonly upstream?: string;
  readonly isOnSocket?: boolean;
  /** How many processes answer; 1 unless said otherwise. */
  readonly workers?: number;
  /** YAML of further rules of the app, each a line that begins with `-`. */
  readonly rules?: string;
  /** YAML: further sections. */
  readonly more?: string;
  /** Lines of `users.yaml` for others than ada. */
  readonly users?: string;
  /** Run before the start, with its folder: to fill the state. */
  readonly prepare?: (folder: string) => void;
}

/** A dashgate as it is built and shipped, in its own process, with a rule, metrics and the revocation check on. */
export interface RunningDashgate {
  readonly server: Server;
  /** Of all its processes. */
  readonly pids: readonly number[];
  /** Of dashgate.yaml, with the state beside it. */
  readonly folder: string;
  readonly file: string;
  /** Where nginx finds the check listener. */
  readonly check: string;
  readonly checkUri: string;
  /** The check, to be asked without nginx; not where it is on a socket. */
  readonly checkUrl: string;
  readonly publicUrl: string;
}

const main = join(import.meta.dirname, '../../dist/main.js');
let made = 0;

export async function startDashgate(
  dir: TempDir,
  closing: AsyncDisposableStack,
  {
    upstream = 'http://127.0.0.1:9',
    isOnSocket = false,
    workers = 1,
    rules = '',
    more = '',
    users = '',
    prepare,
  }: DashgateOptions = {},
): Promise<RunningDashgate> {
  const folder = dir.file(`d${++made}`);
  mkdirSync(folder);
  const [publicPort, checkPort, adminPort] = [await freePort(), await freePort(), await freePort()];
  const socket = join(folder, 'check.sock');
  const file = await dir.write(
    `d${made}/dashgate.yaml`,
    `server: { workers: ${workers}, listen: "127.0.0.1:${publicPort}", check_listen: "${isOnSocket ? `unix:${socket}` : `127.0.0.1:${checkPort}`}", public_url: "http://${HOST}", trusted_proxies: ["127.0.0.1", unix] }
admin: { listen: "127.0.0.1:${adminPort}" }
directories: [{ file: users.yaml }]
apps:
  - name: sales
    at: /
    upstream: "${upstream}"
    resource: marketing
    open: ["/**"]
    resources:
      - { resource: hr, paths: ["/hr", "/hr/**"] }
${rules}
${more}`,
  );
  const ada = `  ada: { password: "${await hashArgon2(Buffer.from(PASSWORD))}", allowed_resources: [_all_] }\n`;
  await dir.write(`d${made}/users.yaml`, `users:\n${users}${ada}`, 0o600);
  prepare?.(folder);
  const server = await startServer({
    file: process.execPath,
    args: [main, 'serve', '--config', file],
    log: join(folder, 'log'),
    // Listens last, once all else does.
    at: publicPort,
    cwd: folder,
  });
  closing.use(server);
  // The first of several answers before the others are there.
  while (workers > 1 && childrenOf(server.pid).length < workers) await wait(10);
  return {
    ...{ server, folder, file, pids: [server.pid, ...(workers > 1 ? childrenOf(server.pid) : [])] },
    check: isOnSocket ? `unix:${socket}` : `127.0.0.1:${checkPort}`,
    checkUri: CHECK,
    checkUrl: `http://127.0.0.1:${checkPort}${CHECK}`,
    publicUrl: `http://127.0.0.1:${publicPort}`,
  };
}

/** What nginx says of a request, as its question has it. */
export const QUESTION = {
  Host: HOST,
  'X-Original-URI': '/',
  'X-Original-Method': 'GET',
  'X-Forwarded-Host': HOST,
  'X-Forwarded-For': '203.0.113.9',
  'X-Dashgate-App': 'sales',
};

/** The same as directives for nginx. */
export const QUESTION_LINES = `
    proxy_set_header X-Original-URI $request_uri;
    proxy_set_header X-Original-Method $request_method;
    proxy_set_header X-Forwarded-Host $http_host;
    proxy_set_header X-Forwarded-For $remote_addr;
    proxy_set_header X-Dashgate-App sales;`;

/** Signs in at the login page. @returns the Cookie header from here on */
export async function signIn({ publicUrl }: RunningDashgate, user = 'ada', password = PASSWORD): Promise<string> {
  const { status, headers } = await ask(`${publicUrl}/_dashgate/login`, {
    headers: { Host: HOST, 'Content-Type': 'application/json' },
    body: JSON.stringify({ user, password }),
  });
  const cookie = (headers['set-cookie'] ?? [])
    .map((line) => line.split(';', 1)[0] ?? '')
    .find((pair) => pair.startsWith('dashgate='));
  if (cookie === undefined) throw new Error(`signing in was answered ${status}`);
  return cookie;
}
