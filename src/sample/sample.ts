import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Clock, systemClock } from '../lib/clock.ts';
import { chartsJs } from './charts-js.ts';
import { hr, marketing, overview, type Report } from './figures.ts';
import { createLive } from './live.ts';
import { pageJs } from './page-js.ts';
import { PAGES, renderPage, type Visitor } from './pages.ts';
import { markSvg, styleCss } from './style-css.ts';

/** A small dashboard without any login, as `dashgate demo` puts one in front of it. */
export interface Sample {
  /** `http://127.0.0.1:<port>`, for loopback only. */
  readonly url: string;
  /** Ends its streams too. A second call waits for the first. */
  close(): Promise<void>;
}

const REPORTS: Readonly<Record<string, (nowMs: number) => Report>> = {
  '/api/overview': overview,
  '/api/marketing': marketing,
  '/api/hr': hr,
};

const ASSETS: Readonly<Record<string, { type: string; text: string }>> = {
  '/static/sample.css': { type: 'text/css; charset=utf-8', text: styleCss },
  '/static/charts.js': { type: 'text/javascript; charset=utf-8', text: chartsJs },
  '/static/sample.js': { type: 'text/javascript; charset=utf-8', text: pageJs },
  '/static/mark.svg': { type: 'image/svg+xml', text: markSvg },
};

const POLICY = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'";

/** Starts it on a free port of loopback. */
export async function createSample({ clock = systemClock }: { clock?: Clock } = {}): Promise<Sample> {
  const live = createLive(clock);
  const server = createServer((request, response) => {
    const path = (request.url ?? '').split('?', 1)[0] ?? '';
    if (request.method !== 'GET' && request.method !== 'HEAD') send(response, 405, 'text/plain', 'GET only\n');
    else if (path === '/events') live.stream(request, response);
    else answer(path, request, response, clock);
  });
  server.on('upgrade', live.upgrade);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const closed = once(server, 'close');
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      live.close();
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function answer(path: string, request: IncomingMessage, response: ServerResponse, clock: Clock): void {
  const page = PAGES.find((each) => each.path === path);
  const report = REPORTS[path];
  const asset = ASSETS[path];
  if (page) send(response, 200, 'text/html; charset=utf-8', renderPage(page, visitorOf(request)));
  else if (report) send(response, 200, 'application/json', JSON.stringify(report(clock.nowMs())));
  else if (asset) send(response, 200, asset.type, asset.text, 'private, max-age=300');
  else send(response, 404, 'text/plain', 'no such page\n');
}

function send(response: ServerResponse, status: number, type: string, body: string, cache = 'no-store'): void {
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'cache-control': cache,
    'content-security-policy': POLICY,
    'x-content-type-options': 'nosniff',
  });
  response.end(body);
}

function visitorOf({ headers }: IncomingMessage): Visitor {
  const one = (name: string): string => headers[name]?.toString() ?? '';
  return { user: one('x-dashgate-user'), resources: one('x-dashgate-resources') };
}
