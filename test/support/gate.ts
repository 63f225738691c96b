import { Agent as HttpAgent, request as httpRequest, type RequestListener } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { hash } from '@node-rs/argon2';
import { stringify } from 'yaml';
import { createDashgate, type Dashgate } from '../../src/app.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { Listen } from '../../src/config/schema/address.ts';
import type { Config } from '../../src/config/schema/config.ts';
import { createLog } from '../../src/telemetry/log.ts';
import { freePort } from './free-port.ts';
import type { PlainResponse } from './parse-response.ts';
import { raw } from './raw.ts';
import { type TempDir, tempDir } from './temp-dir.ts';
import { startUpstream, type Upstream } from './upstream.ts';

/** Their passwords, by user name. Hashes of them cost next to nothing, unless a test asks for real ones. */
export const PASSWORDS = { mica: 'mica-Gz7', mike: 'mike-Qp4', hanna: 'hanna-Vt2', nora: 'nora-Xb9' } as const;
export type User = keyof typeof PASSWORDS;

/** mica may everything, mike `marketing`, hanna `hr`, and nora what every signed-in user may. */
const GRANTS: Record<User, readonly string[]> = { mica: ['_all_'], mike: ['marketing'], hanna: ['hr'], nora: [] };

type Section = Record<string, unknown>;

/** Keys of the configuration, as they stand in the file. In every text `$UPSTREAM`, `$DIR` and `$PORT` are filled in. */
export interface GateSettings {
  readonly server?: Section;
  readonly admin?: Section;
  readonly session?: Section;
  readonly login?: Section;
  readonly credentials?: Section;
  readonly grants?: Section;
  readonly directories?: readonly Section[];
  readonly providers?: readonly Section[];
  /** Off, unless it is named: a test that guesses often is not to be told to wait. */
  readonly attempts?: Section;
  readonly apps?: readonly Section[];
  readonly token_issuers?: readonly Section[];
  readonly connected_apps?: readonly Section[];
  readonly personal_tokens?: Section;
  readonly impersonation?: Section;
}

export interface GateOptions extends GateSettings {
  /** `$PORT` in it makes dashgate listen on that port of 127.0.0.1, as a browser needs; else only tests find the way. */
  readonly publicUrl?: string;
  /** The text of the users file, in place of that for PASSWORDS. */
  readonly users?: string;
  /** What the dashboard answers, in place of the request as JSON. */
  readonly answer?: RequestListener;
  /** Run before the start: to put further files into the folder. */
  readonly prepare?: (dir: TempDir) => Promise<void>;
  /** How providers are reached, in place of the network. */
  readonly fetch?: typeof fetch;
}

export interface Ask {
  readonly method?: string;
  /** By name; a list is sent as several headers of that name. */
  readonly headers?: Record<string, string | string[]>;
  readonly body?: string;
}

/** A running dashgate with its dashboard: the real one, on real sockets. */
export interface Gate extends AsyncDisposable {
  readonly dir: TempDir;
  readonly upstream: Upstream;
  /** `server.public_url`, and its host. */
  readonly origin: string;
  readonly host: string;
  /** Where the public listener is, on 127.0.0.1. */
  readonly port: number;
  /** The check listener: a unix socket's path, or a port. */
  readonly check: string | number;
  /** The admin listener's port. */
  readonly admin: number;
  readonly dashgate: Dashgate;
  readonly config: Config;
  /** Asks the public listener, under the public host. Redirects are not followed. */
  ask(path: string, ask?: Ask): Promise<PlainResponse>;
  /**
   * Asks the check listener as nginx does, about a request for this path. What is allowed is asked three times over, so that the
   * last answer is one that was given before; they have to be alike.
   */
  verify(
    path: string,
    ask?: Ask & { readonly app?: string; readonly endpoint?: 'nginx' | 'refuse' },
  ): Promise<PlainResponse>;
  /** Signs in at the login page. @returns the Cookie header that the browser would send from here on */
  signIn(user: User, password?: string): Promise<string>;
  /** Everything that was logged, one JSON record a line. */
  logText(): string;
  /** Waits until a line like this has been logged, from the start or later. */
  logged(pattern: RegExp, withinMs?: number): Promise<string>;
  /** Puts the clock ahead, or back. */
  advance(ms: number): void;
  /** Takes over other settings; those that are not named are as at the start. */
  reconfigure(settings: GateSettings): Promise<void>;
  /** Ends it and starts anew with the same files; ports change. */
  restart(): Promise<void>;
}

/** An Authorization header for Basic credentials. */
export const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

/** The same for one of PASSWORDS. */
export const basicOf = (user: User): string => basic(user, PASSWORDS[user]);

/** The session cookies that an answer sets, as a Cookie header; empty where it sets or keeps none. */
export function cookieOf(answer: PlainResponse): string {
  const pairs = answer.headers.getSetCookie().map((line) => line.split(';', 1)[0] ?? '');
  return pairs.filter((pair) => /^(?:__Host-)?dashgate(?:\.\d+)?=./.test(pair)).join('; ');
}

/** A line of a users file. @param cost - m and t of argon2id; the least that there is by default */
export async function userLine(
  user: string,
  password: string,
  grants: readonly string[] = [],
  cost: { readonly m: number; readonly t: number } = { m: 8, t: 1 },
): Promise<string> {
  const phc = await hash(password, { algorithm: 2, memoryCost: cost.m, timeCost: cost.t, parallelism: 1 });
  return `  ${user}: { password: "${phc}", email: ${user}@example.com, allowed_resources: [${grants.join(', ')}] }\n`;
}

/** A users file with PASSWORDS, less those who are left out, and with other passwords where these are given. */
export async function usersFile(
  changes: Partial<Record<User, string | null>> = {},
  cost?: { readonly m: number; readonly t: number },
): Promise<string> {
  const users = Object.keys(PASSWORDS) as User[];
  const kept = users.filter((user) => changes[user] !== null);
  const lines = await Promise.all(
    kept.map((user) => userLine(user, changes[user] ?? PASSWORDS[user], GRANTS[user], cost)),
  );
  return `users:\n${lines.join('')}`;
}

/** An app at the root with a part for `hr` and a public part, and one beside it for `marketing`. */
export const APPS: readonly Section[] = [
  {
    name: 'sales',
    at: '/',
    upstream: '$UPSTREAM',
    resources: [{ resource: 'hr', paths: ['/hr', '/hr/**'] }],
    open: ['/**'],
    public: ['/robots.txt', '/open/**'],
  },
  { name: 'wiki', at: '/wiki/', upstream: '$UPSTREAM', resource: 'marketing' },
];

export async function startGate(options: GateOptions = {}): Promise<Gate> {
  const {
    publicUrl = 'http://dash.example.com',
    users = await usersFile(),
    answer,
    prepare,
    fetch,
    ...settings
  } = options;
  await using closing = new AsyncDisposableStack();
  const dir = closing.use(await tempDir());
  const upstream = closing.use(await startUpstream(answer));
  const port = publicUrl.includes('$PORT') ? await freePort() : 0;
  const fill = (line: string): string =>
    line.replaceAll('$UPSTREAM', upstream.url).replaceAll('$DIR', dir.path).replaceAll('$PORT', `${port}`);
  await dir.write('users.yaml', users);
  await prepare?.(dir);

  const load = async (changed: GateSettings): Promise<Config> => {
    const { server, admin, ...rest } = changed;
    const written = {
      server: { listen: `127.0.0.1:${port}`, check_listen: 'unix:$DIR/check.sock', public_url: publicUrl, ...server },
      admin: { listen: '127.0.0.1:0', ...admin },
      directories: [{ file: 'users.yaml' }],
      attempts: { limit: 'off' },
      apps: APPS,
      ...rest,
    };
    const file = await dir.write('dashgate.yaml', fill(stringify(written)));
    return (await loadConfig({ file, env: {}, flags: {}, cwd: dir.path })).config;
  };

  const log = createRecord();
  let aheadMs = 0;
  const clock = { nowMs: () => Date.now() + aheadMs };
  const start = (): Promise<Dashgate> => createDashgate(config, { log: log.log, clock, fetch });
  let config = await load(settings);
  let dashgate = await start();
  const { origin, host } = config.server.publicUrl;
  const client = config.server.tls
    ? { request: httpsRequest, agent: new HttpsAgent({ keepAlive: true, rejectUnauthorized: false }) }
    : { request: httpRequest, agent: new HttpAgent({ keepAlive: true }) };
  const checkAgent = new HttpAgent({ keepAlive: true });
  const whereAt = (listen: Listen): string | number => (listen.kind === 'unix' ? listen.path : listen.port);

  const send = (
    request: typeof httpRequest,
    at: string | number,
    path: string,
    { method = 'GET', headers = {}, body }: Ask,
    agent: HttpAgent,
  ): Promise<PlainResponse> =>
    new Promise((resolve, reject) => {
      const place = typeof at === 'string' ? { socketPath: at } : { host: '127.0.0.1', port: at };
      const outgoing = request({ ...place, path, method, agent, headers: { Host: host, ...headers } });
      outgoing.once('error', reject);
      outgoing.once('response', (response) => {
        const heads = new Headers();
        for (let index = 0; index + 1 < response.rawHeaders.length; index += 2) {
          heads.append(response.rawHeaders[index] ?? '', response.rawHeaders[index + 1] ?? '');
        }
        text(response).then((body) => resolve({ status: response.statusCode ?? 0, headers: heads, body }), reject);
      });
      outgoing.end(body);
    });

  const gate: Gate = {
    dir,
    upstream,
    origin,
    host,
    get port() {
      return Number(whereAt(dashgate.listening.public));
    },
    get check() {
      return whereAt(dashgate.listening.check);
    },
    get admin() {
      const { admin } = dashgate.listening;
      return admin ? Number(whereAt(admin)) : 0;
    },
    get dashgate() {
      return dashgate;
    },
    get config() {
      return config;
    },
    ask: (path: string, ask: Ask = {}) =>
      send(client.request, whereAt(dashgate.listening.public), path, ask, client.agent),
    async verify(path, { app = 'sales', endpoint = 'nginx', method = 'GET', headers = {} } = {}) {
      const ask = () =>
        send(
          httpRequest,
          whereAt(dashgate.listening.check),
          `${config.server.prefix}/auth/${endpoint}`,
          {
            headers: {
              'X-Original-URI': path,
              'X-Original-Method': method,
              'X-Forwarded-Host': host,
              'X-Dashgate-App': app,
              ...headers,
            },
          },
          checkAgent,
        );
      const first = await ask();
      if (first.status !== 200) return first;
      const others = [await ask(), await ask()];
      for (const other of others) {
        if (said(other) !== said(first)) throw new Error(`asked again, ${path} was answered ${said(other)}`);
      }
      return others[1] ?? first;
    },
    async signIn(user, password = PASSWORDS[user]) {
      const answer = await gate.ask(`${config.server.prefix}/login`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ user, password }),
      });
      if (answer.status !== 200) throw new Error(`signing in as ${user} was answered ${answer.status}`);
      return cookieOf(answer);
    },
    logText: log.text,
    logged: log.logged,
    advance(ms) {
      aheadMs += ms;
    },
    async reconfigure(changed) {
      config = await load({ ...settings, ...changed });
      await dashgate.reconfigure(config);
    },
    async restart() {
      await dashgate.close();
      dashgate = await start();
    },
    async [Symbol.asyncDispose]() {
      client.agent.destroy();
      checkAgent.destroy();
      await dashgate.close();
      await all.disposeAsync();
    },
  };
  const all = closing.move();
  return gate;
}

/** An answer, less when it was given. */
const said = ({ status, headers, body }: PlainResponse): string =>
  JSON.stringify([status, [...headers].filter(([name]) => name !== 'date'), body]);

/** A real log, that is kept. */
function createRecord() {
  let written = '';
  const listeners = new Set<() => void>();
  const stream = new Writable({
    decodeStrings: false,
    write(chunk, _encoding, done) {
      written += String(chunk);
      for (const listener of listeners) listener();
      done();
    },
  });
  return {
    log: createLog({ level: 'debug', format: 'json', stream }),
    text: () => written,
    logged: (pattern: RegExp, withinMs = 10_000): Promise<string> =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          listeners.delete(look);
          reject(new Error(`${pattern} was not logged within ${withinMs} ms, only:\n${written}`));
        }, withinMs);
        const look = (): void => {
          const line = written.split('\n').find((one) => pattern.test(one));
          if (line === undefined) return;
          listeners.delete(look);
          clearTimeout(timer);
          resolve(line);
        };
        listeners.add(look);
        look();
      }),
  };
}

/** Sends bytes as they stand to the public listener; `$HOST` is the public host. */
export const rawTo = (gate: Gate, bytes: string, withinMs?: number): Promise<PlainResponse | null> =>
  raw(gate.port, bytes.replaceAll('$HOST', gate.host), withinMs);
