import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { isDelegationRefused } from './answer.ts';
import { cleanAnswer, type NotTheirs } from './answer-headers.ts';
import type { Exchange } from './exchange.ts';
import type { Tunnel } from './tunnel.ts';

export interface UpgradeOptions extends NotTheirs {
  readonly tunnel: Tunnel;
  /** The upstream switched to what is no websocket. */
  readonly onUnusable: (error: Error) => void;
  /** The upstream ended an open websocket by an error. */
  readonly onBroken: () => void;
}

const UNASKED = 'the upstream switched to a protocol that nobody asked for';

/** Stands between the upstream's answer to an upgrade and what the proxy library makes of it. */
export function guardUpgrade(
  exchange: Exchange,
  outgoing: ClientRequest,
  client: Socket,
  options: UpgradeOptions,
): void {
  exchange.abort = () => outgoing.destroy();
  exchange.silence.watch({
    howFar: () => outgoing.socket?.bytesWritten ?? 0,
    isSent: () => outgoing.writableFinished,
  });
  outgoing.once('finish', () => exchange.silence.sent());
  const { interpreter } = exchange.approved;
  client.once('close', () => {
    exchange.settle();
    outgoing.destroy();
  });
  let isRelayed = false;
  const onHalf = (): void => {
    if (isRelayed && !client.destroyed) options.onBroken();
    isRelayed = false;
  };
  // Before the library, which ends the client's connection with it.
  outgoing.once('error', onHalf);
  /** A plain answer in place of the upgrade. */
  const onAnswer = (answer: IncomingMessage, relay: () => void): void => {
    // What was to be read must not pass unread for having come as a plain answer; and one that switches is none.
    const wrong =
      answer.statusCode === 101 ? UNASKED : interpreter ? 'the upstream did not switch to a websocket' : null;
    if (wrong === null && !exchange.isSettled) {
      cleanAnswer(answer, options);
      if (isDelegationRefused(exchange, answer.statusCode ?? 0)) {
        exchange.approved.onDelegationRefused?.(null);
        delete answer.headers['www-authenticate'];
        answer.headers['x-dashgate-reason'] = 'delegation-refused';
        Object.assign(answer, { statusCode: 403, statusMessage: 'Forbidden' });
      }
      addCookies(answer, exchange);
      exchange.settle();
      isRelayed = true;
      answer.once('error', onHalf);
      relay();
      return;
    }
    answer.on('error', () => {}).resume();
    if (wrong !== null) {
      options.onUnusable(new Error(wrong));
      outgoing.destroy();
    }
  };
  // By the time there is a connection the library listens for an answer and for the switch of protocols: both are put behind a check.
  outgoing.once('socket', () => {
    const answers = outgoing.listeners('response');
    outgoing.removeAllListeners('response');
    outgoing.on('response', (answer) =>
      onAnswer(answer, () => {
        for (const relay of answers) Reflect.apply(relay, outgoing, [answer]);
      }),
    );
    const relays = outgoing.listeners('upgrade');
    outgoing.removeAllListeners('upgrade');
    outgoing.once('upgrade', (answer, upstream, head) => {
      upstream.on('error', () => upstream.destroy());
      if (answer.headers.upgrade?.trim().toLowerCase() !== 'websocket' || client.destroyed || exchange.isSettled) {
        options.onUnusable(new Error(UNASKED));
        upstream.destroy();
        return;
      }
      if (interpreter && answer.headers['sec-websocket-extensions'] !== undefined) {
        options.onUnusable(new Error('the upstream uses an extension that nobody asked for'));
        upstream.destroy();
        return;
      }
      cleanAnswer(answer, options);
      addCookies(answer, exchange);
      exchange.settle();
      for (const relay of relays) Reflect.apply(relay, outgoing, [answer, upstream, head]);
      options.tunnel.join(upstream, options.onBroken);
    });
  });
}

function addCookies({ headers }: IncomingMessage, { approved: { setCookies } }: Exchange): void {
  if (setCookies.length > 0) headers['set-cookie'] = [...(headers['set-cookie'] ?? []), ...setCookies];
}
