import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { followLine, type Line } from './line.ts';
import { SideLine } from './side-line.ts';

/** Answers that may be given again to the same bytes. */
export interface Repeats {
  /**
   * @param head - a whole read, one character a byte
   * @param peer - the address that it came from, as the connection has it
   * @returns what answers it, byte for byte, if the same head was answered before and would be answered so now; else `null`
   */
  again(head: string, peer: string): string | null;
  /** Keeps what answered a head, if that is of use. @param answer - all that was written, one character a byte */
  keep(head: string, peer: string, incoming: IncomingMessage, response: ServerResponse, answer: string): void;
}

export interface Lane {
  /** Answers nothing by itself any more, and ends connections that node:http has not heard of. */
  retire(): void;
  /** Cuts those. */
  cut(): void;
}

/**
 * Goes ahead of node:http on each connection of a server. A read that is, byte for byte, a head which was answered before is
 * answered by `repeats`; everything else goes to node:http, whose parser is the only one. While that owes an answer, or might be
 * in the middle of a request, it gets all there is: nothing is looked up then, so no request can hide in another.
 */
export function layLane(server: Server, repeats: () => Repeats): Lane {
  const behind = server.listeners('connection');
  server.removeAllListeners('connection');
  const lines = new Set<Line>();
  let isRetired = false;

  server.on('connection', (socket: Socket) => {
    const line = followLine(socket, {
      repeats,
      isRetired: () => isRetired,
      firstMs: server.headersTimeout,
      idleMs: server.keepAliveTimeout,
      introduce(to) {
        for (const listener of behind) Reflect.apply(listener, server, [to]);
      },
      onEnd: () => lines.delete(line),
    });
    lines.add(line);
  });
  server.prependListener('request', (incoming: IncomingMessage, response: ServerResponse) => {
    const { socket }: { socket: unknown } = incoming;
    if (socket instanceof SideLine) socket.began(incoming, response);
  });

  return {
    retire() {
      isRetired = true;
      for (const line of lines) line.retire();
    },
    cut() {
      for (const line of lines) line.cut();
    },
  };
}
