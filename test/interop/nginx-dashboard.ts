import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';

/** One request as the dashboard saw it. */
export interface Seen {
  readonly method: string;
  readonly url: string;
  /** Names lower-cased, `_` as `-`: as a WSGI server sees them. Repeated ones joined. */
  readonly headers: ReadonlyMap<string, string>;
  readonly rawHeaders: readonly string[];
}

export interface Dashboard extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** What reached it so far. */
  readonly seen: readonly Seen[];
  /** Connections that were opened to it so far. */
  connections(): number;
  forget(): void;
}

/**
 * A dashboard that answers 200 with what it saw. The last part of the path may ask for more: `status-401`, `cookies`,
 * `accel`, `words`, `events`, `count` (of a body), `slow-headers`.
 */
export async function startDashboard(): Promise<Dashboard> {
  const seen: Seen[] = [];
  let connections = 0;
  const server = createServer({ maxHeaderSize: 128 * 1024 }, (incoming, response) => {
    note(incoming);
    void respond(incoming, response);
  });
  server.on('connection', () => {
    connections += 1;
  });
  const note = (incoming: IncomingMessage): void => {
    const { method = '', url = '', rawHeaders } = incoming;
    const headers = new Map<string, string>();
    for (let i = 0; i < rawHeaders.length; i += 2) {
      const name = (rawHeaders[i] ?? '').toLowerCase().replaceAll('_', '-');
      headers.set(name, [headers.get(name), rawHeaders[i + 1]].filter((value) => value !== undefined).join(', '));
    }
    seen.push({ method, url, headers, rawHeaders });
  };
  const sockets = new WebSocketServer({ noServer: true });
  server.on('upgrade', (incoming, socket, head) => {
    note(incoming);
    sockets.handleUpgrade(incoming, socket, head, (open) => {
      open.on('message', (data) => open.send(`echo ${String(data)}`));
      open.on('error', () => {});
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    seen,
    connections: () => connections,
    forget: () => void seen.splice(0),
    async [Symbol.asyncDispose]() {
      for (const client of sockets.clients) client.terminate();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function respond(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const wanted = incoming.url?.split('?')[0]?.split('/').at(-1) ?? '';
  const status = /^status-(\d{3})$/.exec(wanted)?.[1];
  if (status) {
    const body = `the dashboard's own ${status}`;
    response.writeHead(Number(status), { 'Content-Type': 'text/plain', 'Content-Length': body.length }).end(body);
  } else if (wanted === 'cookies') response.setHeader('Set-Cookie', ['a=1; Path=/', 'b=2; Path=/']).end('cookies');
  else if (wanted === 'accel')
    response.setHeader('X-Accel-Redirect', '/_dashgate/auth/nginx').setHeader('Content-Length', 12).end('its own body');
  else if (wanted === 'words') response.setHeader('X-Dashgate-User', 'ceo').end('words');
  else if (wanted === 'events') sendEvents(response);
  else if (wanted === 'silent') return;
  else if (wanted === 'count') await count(incoming, response);
  else response.setHeader('Content-Type', 'application/json').end(JSON.stringify({ url: incoming.url }));
}

/** One event now, and then none: what is buffered on the way never arrives. */
function sendEvents(response: ServerResponse): void {
  response.writeHead(200, { 'Content-Type': 'text/event-stream' });
  response.write('data: first\n\n');
}

/** Tells at the first byte that it has begun, by a first byte of its own, and at the end how many there were. */
async function count(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  let bytes = 0;
  for await (const chunk of incoming) {
    if (bytes === 0) response.write('began ');
    bytes += (chunk as Buffer).length;
  }
  response.end(`${bytes}`);
}
