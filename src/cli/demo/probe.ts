import { connect } from 'node:net';
import type { Upstream } from '../../config/schema/app-address.ts';

/** Whether somebody takes a connection there now. Nothing is sent. */
export async function isAnswered(at: Upstream, withinMs = 2000): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(at.kind === 'unix' ? { path: at.socketPath } : { host: at.host, port: at.port });
  socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  socket.setTimeout(withinMs, () => resolve(false));
  const isThere = await promise;
  socket.destroy();
  return isThere;
}
