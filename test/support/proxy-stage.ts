import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Server as NetServer, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { App } from '../../src/access/app.ts';
import { isConsumed } from '../../src/apps/upstream-auth.ts';
import type { Upstream } from '../../src/config/schema/app-address.ts';
import type { EndWhy } from '../../src/connections/open-connections.ts';
import type { DashgateError } from '../../src/errors.ts';
import type { Identity } from '../../src/identity/identity.ts';
import { isReservedHeader } from '../../src/lib/headers.ts';
import { parseTarget } from '../../src/lib/target.ts';
import type { Interpreter } from '../../src/proxy/interpreted.ts';
import { createProxy, type ProxyOptions, type ReverseProxy } from '../../src/proxy/proxy.ts';
import type { ProxiedApp } from '../../src/proxy/routes.ts';
import { OWN } from './own-paths.ts';

export const MICA: Identity = {
  sub: 'file:mica',
  user: 'mica',
  name: 'Mica Öz',
  email: 'mica@example.com',
  groups: ['finance', 'a,b'],
  allowedResources: ['_all_'],
  amr: ['pwd'],
  authTimeSec: 0,
};

export const anApp = (changes: Partial<App> = {}): App => ({
  name: 'sales',
  title: 'sales',
  origin: 'http://dash.example.com',
  host: 'dash.example.com',
  isManifold: false,
  originAt: (host) => (host === 'dash.example.com' ? 'http://dash.example.com' : null),
  prefix: '/',
  own: OWN,
  kind: 'web',
  resource: null,
  rules: [],
  rulesAt: () => [],
  conditions: [],
  isForGuests: () => false,
  isPublic: () => false,
  isForAll: () => false,
  isClosed: false,
  places: [],
  credentials: ['cookie', 'basic'],
  allowedOrigins: [],
  isTold: true,
  tellsIdentity: true,
  identityHeaders: [],
  namedHeaders: [],
  isReservedHeader,
  toldCookies: [],
  pageTokens: null,
  isOpen: () => false,
  isShared: () => false,
  tellsUseByBody: () => false,
  isPoll: () => false,
  realm: null,
  sections: null,
  upstreamAuth: 'none',
  delegation: null,
  tellsTableau: false,
  ...changes,
});

/** Listens until the test is over. */
export async function listening<T extends NetServer>(server: T, at: string | number = 0): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  if (typeof at === 'string') server.listen(at, resolve);
  else server.listen(at, '127.0.0.1', resolve);
  await promise;
  onTestFinished(async () => {
    const closed = Promise.withResolvers<void>();
    server.close(() => closed.resolve());
    for (const socket of sockets) socket.destroy();
    await closed.promise;
  });
  return typeof at === 'string' ? 0 : (server.address() as AddressInfo).port;
}

export const anUpstream = async (answer: RequestListener): Promise<Server & { port: number }> => {
  const server = createServer(answer);
  return Object.assign(server, { port: await listening(server) });
};

export const at = (port: number, path: string | null = null, protocol: 'http:' | 'https:' = 'http:'): Upstream => ({
  kind: 'tcp',
  protocol,
  origin: `${protocol}//127.0.0.1:${port}`,
  host: '127.0.0.1',
  port,
  path,
});

export interface Stage {
  readonly port: number;
  readonly proxy: ReverseProxy;
  readonly front: Server;
  readonly errors: DashgateError[];
  readonly broken: string[];
  readonly logged: string[];
  /** What ends each connection that is open. */
  readonly ends: ReadonlySet<(why: EndWhy) => void>;
}

type StageOptions = Partial<ProxiedApp> &
  Pick<Partial<ProxyOptions>, 'rewriteFor'> & { setCookies?: string[]; interpreter?: Interpreter };

/** A front of dashgate's own before one upstream, where everything has been allowed to mica. */
export async function stage(
  upstream: Upstream,
  { app = anApp(), setCookies = [], rewriteFor = () => null, interpreter, ...rest }: StageOptions = {},
): Promise<Stage> {
  const errors: DashgateError[] = [];
  const broken: string[] = [];
  const logged: string[] = [];
  const ends = new Set<(why: EndWhy) => void>();
  const write = (message: string, fields = {}): void => void logged.push(`${message} ${JSON.stringify(fields)}`);
  const proxy = await createProxy({
    rewriteFor,
    apps: [{ app, upstream, upstreamTls: null, timeoutMs: 5000, ...rest }],
    isOurCookie: (name) => /^dashgate(?:\.\d)?$/.test(name),
    authorizationFor: ({ app }, given) => (isConsumed(app, given) ? '' : given),
    log: { debug: write, info: write, warn: write, error: write, audit: write },
    onError(error, _request, response, requestId) {
      errors.push(error);
      response.writeHead(error.status, { 'Content-Type': 'text/plain' }).end(`${error.code} ${requestId}`);
    },
    onBroken: ({ name }) => void broken.push(name),
  });
  const approve = (request: IncomingMessage) => ({
    app,
    target: parseTarget(request.url, app.host),
    identity: MICA,
    clientAddress: '203.0.113.9',
    told: null,
    sessionId: null,
    requestId: 'request-1',
    setCookies,
    ...(interpreter && { interpreter }),
    follow: (end: (why: EndWhy) => void) => {
      ends.add(end);
      return () => void ends.delete(end);
    },
  });
  const front = createServer({ requestTimeout: 0 }, (request: IncomingMessage, response: ServerResponse) =>
    proxy.web(request, response, approve(request)),
  );
  front.on('upgrade', (request, socket, head) => proxy.upgrade(request, socket, head, approve(request)));
  const port = await listening(front);
  onTestFinished(() => proxy.close());
  return { port, proxy, front, errors, broken, logged, ends };
}

export interface Certificates {
  readonly folder: string;
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** An authority of our own and a certificate by it; all files are gone after the test. */
export function certificates(names: string, days = 2): Certificates {
  const folder = mkdtempSync(join(tmpdir(), 'dashgate-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = (name: string): string => join(folder, name);
  const openssl = (...args: string[]): void => void execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl('req', '-x509', ...curve, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=test', '-days', '2');
  openssl('req', ...curve, '-keyout', 'key.pem', '-out', 'request.pem', '-subj', '/CN=dash');
  writeFileSync(file('names'), `subjectAltName=${names}\n`);
  const by = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'names', '-days', String(days)];
  openssl('x509', '-req', '-in', 'request.pem', '-out', 'cert.pem', ...by);
  return { folder, ca: file('ca.pem'), cert: file('cert.pem'), key: file('key.pem') };
}
