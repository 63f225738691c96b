import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** The connections of a server, and which of them have a request under way. */
export interface Connections {
  /** To be told of each request that comes in. */
  began(incoming: IncomingMessage, response: ServerResponse): void;
  /** Whether a request on it is still being answered. */
  isBusy(socket: Socket): boolean;
  /** Closes what has no request under way, and everything else once it has none. */
  retire(): void;
  /** Cuts all that is left. */
  cut(): void;
}

/**
 * `server.close()` waits for a connection that was opened in advance, as browsers do, and for a kept one whose answer ended
 * after the call: each would hold up the end until it is cut.
 */
export function followConnections(server: Server, isTls: boolean): Connections {
  const open = new Set<Socket>();
  const speaking = new Set<Socket>();
  const underWay = new Map<Socket, Set<ServerResponse>>();
  let isRetired = false;

  const follow = (sockets: Set<Socket>) => (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  };
  server.on('connection', follow(open));
  // Before its handshake is over nobody can ask on it.
  server.on(isTls ? 'secureConnection' : 'connection', follow(speaking));

  return {
    began({ socket }, response) {
      const responses = underWay.get(socket) ?? new Set();
      underWay.set(socket, responses.add(response));
      if (isRetired) response.shouldKeepAlive = false;
      response.once('close', () => {
        responses.delete(response);
        if (responses.size > 0) return;
        underWay.delete(socket);
        if (isRetired) socket.destroySoon();
      });
    },
    isBusy: (socket) => underWay.has(socket),
    retire() {
      isRetired = true;
      for (const responses of underWay.values()) for (const response of responses) response.shouldKeepAlive = false;
      for (const socket of speaking) if (!underWay.has(socket)) socket.destroy();
    },
    cut() {
      for (const socket of open) socket.destroy();
    },
  };
}
