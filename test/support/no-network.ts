import dns from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';
import net, { type Socket, type TcpSocketConnectOpts } from 'node:net';
import { afterEach } from 'vitest';

// Loaded before every test file: a connection that would leave this machine is refused, and the test that tried it
// fails even when the code under test swallowed the refusal.

const attempts: string[] = [];

/** The refused connections since the last call. A test that means to be refused takes them, so as not to fail. */
export function refusedConnections(): string[] {
  return attempts.splice(0);
}

const stays = (host: string): boolean =>
  host === '' ||
  host === 'localhost' ||
  host.endsWith('.localhost') ||
  host === '0.0.0.0' ||
  host === '::' ||
  host === '::1' ||
  /^(::ffff:)?127\.\d+\.\d+\.\d+$/.test(host);

function refuse(target: string): Error {
  attempts.push(target);
  return Object.assign(new Error(`tests talk to this machine only, and this would have reached ${target}`), {
    code: 'ENETUNREACH',
  });
}

/** A name that the caller resolves by a function of its own may be any name, as long as it comes out as this machine. */
function guardOwnLookup(socket: Socket, target: string): void {
  socket.once('lookup', (error: Error | null, address: string) => {
    if (!error && !stays(address)) socket.destroy(refuse(`${target} at ${address}`));
  });
}

const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function guarded(this: Socket, ...args: unknown[]): Socket {
  // Node's own callers hand over [options, listener] as one array; everybody else what net.connect takes.
  const [first, second] = Array.isArray(args[0]) ? args[0] : args;
  const options = typeof first === 'object' && first !== null ? (first as Partial<TcpSocketConnectOpts>) : {};
  const host = options.host ?? (typeof second === 'string' && typeof first !== 'object' ? second : '');
  const target = `${host}:${options.port ?? String(first)}`;
  if (!('path' in options && options.path) && !stays(host)) {
    if (!options.lookup) throw refuse(target);
    guardOwnLookup(this, target);
  }
  return Reflect.apply(connect, this, args);
};

const { lookup } = dns;
const { lookup: lookupPromise } = dns.promises;
// Object.assign keeps what hangs on the function: util.promisify's own version among it.
dns.lookup = Object.assign((host: string, ...rest: unknown[]) => {
  if (!stays(host) && net.isIP(host) === 0) throw refuse(`${host} (its address)`);
  return Reflect.apply(lookup, dns, [host, ...rest]);
}, lookup);
dns.promises.lookup = Object.assign(async (host: string, ...rest: unknown[]) => {
  if (!stays(host) && net.isIP(host) === 0) throw refuse(`${host} (its address)`);
  return Reflect.apply(lookupPromise, dns.promises, [host, ...rest]);
}, lookupPromise);
syncBuiltinESMExports();

afterEach(() => {
  const tried = refusedConnections();
  if (tried.length > 0) throw new Error(`the test tried to leave this machine, towards ${tried.join(', ')}`);
});
