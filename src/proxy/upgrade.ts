import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { cleanAnswer, type NotTheirs } from './answer-headers.ts';
import type { Exchange } from './exchange.ts';

/** Ends each websocket that is open. */
export type Tunnels = Set<() => void>;

export interface UpgradeOptions extends NotTheirs {
  readonly tunnels: Tunnels;
  /** The upstream switched to what is no websocket. */
  readonly onUnusable: (error: Error) => void;
  /** The upstream ended an open websocket by an error. */
  readonly onBroken: () => void;
}

/** An idle websocket is probed this often, so that one whose other end has vanished does not stay for ever. */
const PROBE_AFTER_MS = 60_000;

/** A plain request that an upstream takes as a reason to switch protocols has failed. */
export function refuseSwitch(outgoing: ClientRequest, onUnusable: (error: Error) => void): void {
  outgoing.once('upgrade', (_answer, upstream) => {
    upstream.destroy();
    onUnusable(new Error(UNASKED));
  });
}

const UNASKED = 'the upstream switched to a protocol that nobody asked for';

/** Stands between the upstream's answer to an upgrade and what the proxy library makes of it. */
export function guardUpgrade(
  exchange: Exchange,
  outgoing: ClientRequest,
  client: Socket,
  options: UpgradeOptions,
): void {
  exchange.onOutgoing(outgoing);
  client.once('close', () => {
    exchange.settle();
    outgoing.destroy();
  });
  // A plain answer in place of the upgrade is relayed; ours is the first listener, the library's comes after.
  outgoing.on('response', (answer) => {
    if (exchange.isSettled) return;
    cleanAnswer(answer, options);
    addCookies(answer, exchange);
    exchange.settle();
  });
  // By the time there is a connection the library listens for the switch of protocols: it is put behind a check.
  outgoing.once('socket', () => {
    const relays = outgoing.listeners('upgrade');
    outgoing.removeAllListeners('upgrade');
    outgoing.once('upgrade', (answer, upstream, head) => {
      upstream.on('error', () => upstream.destroy());
      if (answer.headers.upgrade?.trim().toLowerCase() !== 'websocket' || client.destroyed || exchange.isSettled) {
        options.onUnusable(new Error(UNASKED));
        upstream.destroy();
        return;
      }
      cleanAnswer(answer, options);
      addCookies(answer, exchange);
      exchange.settle();
      for (const relay of relays) Reflect.apply(relay, outgoing, [answer, upstream, head]);
      join(client, upstream, options);
    });
  });
}

function addCookies({ headers }: IncomingMessage, { approved: { setCookies } }: Exchange): void {
  if (setCookies.length > 0) headers['set-cookie'] = [...(headers['set-cookie'] ?? []), ...setCookies];
}

/** The library joins what flows; this joins their ends, however they come, so that neither half outlives the other. */
function join(client: Socket, upstream: Socket, { tunnels, onBroken }: UpgradeOptions): void {
  for (const socket of [client, upstream]) socket.setKeepAlive(true, PROBE_AFTER_MS);
  const end = (): void => {
    client.destroySoon();
    upstream.destroySoon();
  };
  tunnels.add(end);
  client.once('close', () => {
    tunnels.delete(end);
    upstream.destroy();
  });
  upstream.once('error', onBroken);
  upstream.once('close', () => client.destroySoon());
}
