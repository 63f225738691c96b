import type { NetConnectOpts, Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { createReading, type Reader } from './reading.ts';

type Found = (...found: [null, Socket] | [Error, null]) => void;

/** Opens one connection to an upstream. It may be destroyed at any time, and that is told too. */
export type Connect = (found: Found, reader: () => Reader | null) => Socket;

const PROBE_AFTER_MS = 60_000;

export function plainly(to: NetConnectOpts): Connect {
  const open = createReading();
  return (found, reader) => tell(open(to, reader), 'connect', found);
}

/** Sessions of TLS are taken up again, as far as the upstream does. */
export function secretly(to: ConnectionOptions): Connect {
  let session: Buffer | undefined;
  return (found) => {
    const socket = connectTls({ ...to, ALPNProtocols: ['http/1.1'], ...(session && { session }) });
    socket.on('session', (next: Buffer) => {
      session = next;
    });
    socket.once('error', () => {
      session = undefined;
    });
    return tell(socket, 'secureConnect', found);
  };
}

function tell(socket: Socket, event: 'connect' | 'secureConnect', found: Found): Socket {
  let isTold = false;
  const once = (...what: Parameters<Found>): void => {
    if (!isTold) found(...what);
    isTold = true;
  };
  socket.setNoDelay(true).setKeepAlive(true, PROBE_AFTER_MS);
  socket.once(event, () => once(null, socket));
  socket.on('error', (error) => once(error, null));
  socket.once('close', () => once(new Error('the connection was closed before it was there'), null));
  return socket;
}
