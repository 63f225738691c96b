import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A way to a server of this machine that can turn bad. */
export interface Unsteady extends AsyncDisposable {
  readonly port: number;
  /** What new connections meet from now on; those that are open are cut. `null`: the server itself. */
  turn(to: ((socket: Socket) => void) | null): void;
  /** Connections that were made so far. */
  readonly count: number;
}

/** @param port - of the server; 0 where there is none behind it */
export async function startUnsteady(port: number, first: ((socket: Socket) => void) | null = null): Promise<Unsteady> {
  let behave = first;
  let count = 0;
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    count++;
    open.add(socket);
    socket.on('error', () => {}).once('close', () => open.delete(socket));
    if (behave) return behave(socket);
    const behind = connect(port, '127.0.0.1');
    open.add(behind);
    behind
      .on('error', () => socket.destroy())
      .once('close', () => {
        open.delete(behind);
        socket.destroy();
      });
    socket.once('close', () => behind.destroy());
    socket.pipe(behind).pipe(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    turn(to) {
      behave = to;
      for (const socket of open) socket.destroy();
    },
    get count() {
      return count;
    },
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of open) socket.destroy();
      await once(server, 'close').catch(() => {});
    },
  };
}
