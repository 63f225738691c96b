import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { WebSocketServer } from 'ws';

/** A request as a dashboard got it. */
export interface Seen {
  readonly method: string;
  /** The target as it came: path and query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** Names and values in turns, as they came. */
  readonly rawHeaders: readonly string[];
  readonly body: string;
  /** Likewise, behind the body. */
  readonly trailers: readonly string[];
  readonly isUpgrade: boolean;
}

/** A dashboard that tells what it sees, and says every websocket message back. */
export interface Upstream extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  /** Every request so far, in the order they came. */
  readonly seen: readonly Seen[];
  /** The last request. @throws where there was none */
  last(): Seen;
  /** Forgets what was seen. */
  clear(): void;
}

/**
 * @param answer - for what the plain answer, the request as JSON, is not enough; the body has not been read then
 */
export async function startUpstream(answer?: RequestListener): Promise<Upstream> {
  const seen: Seen[] = [];
  const sockets = new Set<Socket>();
  const server = createServer({ maxHeaderSize: 256 * 1024 }, async (request, response) => {
    const { method = '', url = '', headers, rawHeaders } = request;
    if (answer) {
      seen.push({ method, url, headers, rawHeaders, body: '', trailers: [], isUpgrade: false });
      answer(request, response);
      return;
    }
    const body = await buffer(request).catch(() => null);
    if (!body) return;
    const trailers = request.rawTrailers;
    const one = { method, url, headers, rawHeaders, body: body.toString('utf8'), trailers, isUpgrade: false };
    seen.push(one);
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify(one));
  });
  const websockets = new WebSocketServer({ noServer: true });
  server.on('upgrade', (request, socket, head) => {
    const { method = '', url = '', headers, rawHeaders } = request;
    seen.push({ method, url, headers, rawHeaders, body: '', trailers: [], isUpgrade: true });
    websockets.handleUpgrade(request, socket, head, (client) => {
      client.on('error', () => {}).on('message', (data, isBinary) => client.send(data, { binary: isBinary }));
    });
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    seen,
    last() {
      const last = seen.at(-1);
      if (!last) throw new Error('the upstream has seen no request');
      return last;
    },
    clear: () => void seen.splice(0),
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
