import type { IncomingMessage, ServerResponse } from 'node:http';
import { answerHeaders, type NotTheirs } from './answer-headers.ts';
import { type Exchange, isGone } from './exchange.ts';
import type { InsertionFor } from './insertion.ts';
import { type Rewrite, relayRewritten, relaySubstitute } from './rewrite.ts';
import { LINGER_MS } from './tunnel.ts';
import { relayWoven } from './weave.ts';

export interface RelayOptions extends NotTheirs {
  /** The answer has a head that cannot be passed on. */
  readonly onUnusable: (error: Error) => void;
  /** The answer ended before its end. */
  readonly onBroken: () => void;
  /** What becomes of it; `null`: it passes as it comes. */
  readonly rewrite: Rewrite | null;
  /** What is put into it, where something is. */
  readonly insertionFor?: InsertionFor | null;
}

/** Passes an upstream's answer on as it comes in, with the client's own pace. */
export function relayAnswer(
  exchange: Exchange,
  answer: IncomingMessage,
  response: ServerResponse,
  options: RelayOptions,
): void {
  if (!exchange.isSettled && !isGone(response)) {
    const becomes = options.rewrite?.choose(answer) ?? 'pass';
    if (becomes !== 'pass' && becomes !== 'make') {
      relaySubstitute(exchange, answer, response, becomes, options);
      return;
    }
    const insertion = options.insertionFor?.(answer) ?? null;
    if (options.rewrite && becomes === 'make') {
      relayRewritten(exchange, answer, response, options.rewrite, { ...options, insertion });
      return;
    }
    if (insertion) {
      relayWoven(exchange, answer, response, insertion, options);
      return;
    }
  }
  // Half an answer must not look whole, so the client's connection breaks as the upstream's did.
  const breakOff = (): void => {
    if (exchange.isCut || answer.complete || isGone(response)) return;
    options.onBroken();
    response.destroy();
  };
  answer.once('error', breakOff).once('close', breakOff);
  if (exchange.isSettled || isGone(response)) {
    answer.destroy();
    return;
  }
  try {
    const headers = answerHeaders(answer.rawHeaders, options);
    for (const cookie of exchange.approved.setCookies) headers.push('Set-Cookie', cookie);
    response.writeHead(answer.statusCode ?? 502, answer.statusMessage ?? '', headers);
  } catch (error) {
    answer.destroy();
    options.onUnusable(error instanceof Error ? error : new Error('the head of the answer is unusable'));
    return;
  }
  exchange.settle();
  // Where the length is not known the body may be long in coming, and an event stream has begun once its head is there.
  if (answer.headers['content-length'] === undefined) response.flushHeaders();
  exchange.answer = answer;
  answer.pipe(response);
}

/**
 * Ends an answer from here. An event stream is over, as if it had been its end; anything else breaks off, so that half of it
 * does not look whole.
 */
export function cutAnswer(exchange: Exchange | null, response: ServerResponse): void {
  const answer = exchange?.answer;
  if (exchange) exchange.isCut = true;
  answer?.unpipe(response);
  exchange?.outgoing?.destroy();
  if (isGone(response)) return;
  if (!answer || !isEventStream(answer)) {
    response.destroy();
    return;
  }
  const late = setTimeout(() => response.destroy(), LINGER_MS);
  response.once('close', () => clearTimeout(late));
  response.end();
}

const isEventStream = ({ headers }: IncomingMessage): boolean =>
  /^text\/event-stream\b/i.test(headers['content-type'] ?? '') && headers['content-length'] === undefined;
