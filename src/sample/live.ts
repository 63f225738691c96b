import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { Clock } from '../lib/clock.ts';
import { order, ordersPerHour } from './figures.ts';

const EVERY_MS = 1000;
/** Websockets and event streams together: a sample has no use for more. */
const MOST_LISTENERS = 200;

/** The two things that never stop talking: a websocket and an event stream, each once a second. */
export interface Live {
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  stream(request: IncomingMessage, response: ServerResponse): void;
  close(): void;
}

export function createLive(clock: Clock): Live {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 1024, clientTracking: true });
  const streams = new Set<ServerResponse>();
  const isFull = (): boolean => sockets.clients.size + streams.size >= MOST_LISTENERS;
  const figure = (): string => JSON.stringify({ ordersPerHour: ordersPerHour(clock.nowMs()) });
  const event = (): string => `data: ${JSON.stringify(order(clock.nowMs()))}\n\n`;
  const timer = setInterval(() => {
    for (const socket of sockets.clients) socket.send(figure());
    for (const response of streams) response.write(event());
  }, EVERY_MS);
  timer.unref();

  return {
    upgrade(request, socket, head) {
      if (request.url !== '/live' || isFull()) {
        socket.end(`HTTP/1.1 ${isFull() ? '503 Service Unavailable' : '404 Not Found'}\r\nConnection: close\r\n\r\n`);
        return;
      }
      sockets.handleUpgrade(request, socket, head, (opened) => {
        opened.on('error', () => opened.terminate());
        opened.send(figure());
      });
    },
    stream(request, response) {
      if (isFull()) {
        response.writeHead(503).end();
        return;
      }
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
      response.write(event());
      streams.add(response);
      request.on('close', () => streams.delete(response));
    },
    close() {
      clearInterval(timer);
      for (const socket of sockets.clients) socket.terminate();
      for (const response of streams) response.end();
      sockets.close();
    },
  };
}
