import { chmodSync, lstatSync, unlinkSync } from 'node:fs';
import type { Server } from 'node:http';
import { createConnection } from 'node:net';
import { formatListen, type Listen } from '../config/schema/address.ts';
import { ConfigInvalid } from '../errors.ts';
import { isCode } from '../lib/error-code.ts';

/** A front proxy in the same group may connect, nobody else. */
const SOCKET_MODE = 0o660;

/**
 * Starts to listen; a unix socket that nobody answers any more is taken over.
 * @param key - the key of the configuration that names the address
 * @returns where it listens, with the port that was given where `0` was asked for
 * @throws ConfigInvalid where the address cannot be had
 */
export async function listenOn(server: Server, at: Listen, key: string): Promise<Listen> {
  await removeStaleSocket(at, key);
  return await listenShared(server, at, key);
}

/** The same where several processes listen together: one of them has seen to what was there before. */
export async function listenShared(server: Server, at: Listen, key: string): Promise<Listen> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject).once('listening', resolve);
  const mask = process.umask(0o777 & ~SOCKET_MODE);
  try {
    if (at.kind === 'unix') server.listen(at.path);
    else server.listen(at.port, at.host);
  } finally {
    process.umask(mask);
  }
  try {
    await promise;
  } catch (error) {
    throw new ConfigInvalid(`${key}: cannot listen on ${formatListen(at)}: ${whyNot(error)}`, { cause: error });
  } finally {
    server.off('error', reject);
  }
  if (at.kind === 'unix') {
    chmodSync(at.path, SOCKET_MODE);
    return at;
  }
  const address = server.address();
  return { ...at, port: typeof address === 'object' && address ? address.port : at.port };
}

function whyNot(error: unknown): string {
  if (isCode(error, 'EADDRINUSE'))
    return 'another program has it already (is another dashgate running?); stop that program or name another address';
  if (isCode(error, 'EACCES')) return 'this user may not; take a port above 1023, or a folder that this user may write';
  if (isCode(error, 'EADDRNOTAVAIL')) return 'this machine has no such address; name one that it has, or 127.0.0.1';
  return error instanceof Error ? error.message : 'the reason is not known';
}

/** Removes a unix socket that nobody answers any more. Throws ConfigInvalid where it is something else, or answered. */
export async function removeStaleSocket(at: Listen, key: string): Promise<void> {
  if (at.kind !== 'unix') return;
  const { path } = at;
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (!there) return;
  if (!there.isSocket()) throw new ConfigInvalid(`${key}: ${path} is there already and is no socket; name another`);
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const probe = createConnection(path, () => resolve(true)).once('error', () => resolve(false));
  const isAnswered = await promise;
  probe.destroy();
  if (isAnswered) throw new ConfigInvalid(`${key}: another program listens on ${path} already; stop it first`);
  unlinkSync(path);
}
