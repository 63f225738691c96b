import type { ServerResponse } from 'node:http';
import { UpstreamUnusable } from '../errors.ts';
import type { Later } from '../lib/end-of-turn.ts';
import { AnswerBody } from './answer-body.ts';
import type { Answer, AnswerHeaders } from './answer-head.ts';
import { answerHeaders, type NotTheirs, withoutHeaders } from './answer-headers.ts';
import type { Sink } from './call.ts';
import { type Exchange, isGone } from './exchange.ts';
import type { InsertionFor } from './insertion.ts';
import { Passing } from './passing.ts';
import { type Rewrite, relayRewritten, relaySubstitute } from './rewrite.ts';
import { LINGER_MS } from './tunnel.ts';
import { relayWoven } from './weave.ts';

export interface RelayOptions extends NotTheirs {
  /** The answer has a head that cannot be passed on. */
  readonly onUnusable: (error: Error) => void;
  /** The answer ended before its end. */
  readonly onBroken: () => void;
  /** When a small answer is written once it is here. */
  readonly later: Later;
  /** What becomes of it; `null`: it passes as it comes. */
  readonly rewrite: Rewrite | null;
  /** What is put into it, where something is. */
  readonly insertionFor?: InsertionFor | null;
}

/** Decides by its head what becomes of an upstream's answer. @returns what takes in its body */
export function relayAnswer(exchange: Exchange, answer: Answer, response: ServerResponse, options: RelayOptions): Sink {
  if (exchange.isSettled || isGone(response)) {
    answer.abort();
    return NOWHERE;
  }
  if (isDelegationRefused(exchange, answer.statusCode) && exchange.approved.onDelegationRefused?.(response)) {
    exchange.settle();
    answer.abort();
    return NOWHERE;
  }
  const becomes = options.rewrite?.choose(answer) ?? 'pass';
  if (becomes !== 'pass' && becomes !== 'make') {
    const body = new AnswerBody(answer);
    relaySubstitute(exchange, body, response, becomes, options);
    return body;
  }
  const insertion = options.insertionFor?.(answer) ?? null;
  if (insertion === 'unfit') {
    answer.abort();
    options.onUnusable(new UpstreamUnusable(`${exchange.approved.target.path} cannot be shown in a frame`));
    return NOWHERE;
  }
  if (options.rewrite && becomes === 'make') {
    const body = new AnswerBody(answer);
    relayRewritten(exchange, body, response, options.rewrite, { ...options, insertion });
    return body;
  }
  if (insertion) {
    const body = new AnswerBody(answer);
    relayWoven(exchange, body, response, insertion, options);
    return body;
  }
  return pass(exchange, answer, response, options);
}

function pass(exchange: Exchange, answer: Answer, response: ServerResponse, options: RelayOptions): Sink {
  try {
    const headers = answerHeaders(answer.rawHeaders, options);
    for (const cookie of exchange.approved.setCookies) headers.push('Set-Cookie', cookie);
    if (isDelegationRefused(exchange, answer.statusCode)) response.writeHead(403, asRefusal(headers));
    else response.writeHead(answer.statusCode, answer.statusMessage, headers);
  } catch (error) {
    answer.abort();
    options.onUnusable(error instanceof Error ? error : new Error('the head of the answer is unusable'));
    return NOWHERE;
  }
  exchange.settle();
  exchange.answer = answer;
  return new Passing(exchange, answer, response, options.onBroken, options.later);
}

/** Whether an upstream refuses what it was told to do for somebody: it knows by itself who asks, so nobody can do better by a password. */
export const isDelegationRefused = ({ isDelegated }: Exchange, status: number): boolean =>
  isDelegated && (status === 401 || status === 403);

const OF_A_CHALLENGE: ReadonlySet<string> = new Set(['www-authenticate']);

/** In the upstream's own words, less the question for a password that is not the client's to answer. */
const asRefusal = (headers: readonly string[]): string[] =>
  withoutHeaders(headers, OF_A_CHALLENGE).concat(['X-Dashgate-Reason', 'delegation-refused']);

/** What takes in a body that nobody wants. */
export const NOWHERE: Sink = { borrows: 0, holds: false, data: () => true, end() {}, broken() {} };

/**
 * Ends an answer from here. An event stream is over, as if it had been its end; anything else breaks off, so that half of it
 * does not look whole.
 */
export function cutAnswer(exchange: Exchange | null, response: ServerResponse): void {
  if (exchange) exchange.isCut = true;
  exchange?.abort();
  if (isGone(response)) return;
  if (!exchange?.answer || !isEventStream(exchange.answer)) {
    response.destroy();
    return;
  }
  const late = setTimeout(() => response.destroy(), LINGER_MS);
  response.once('close', () => clearTimeout(late));
  response.end();
}

const isEventStream = ({ headers }: { readonly headers: AnswerHeaders }): boolean =>
  /^text\/event-stream\b/i.test(headers['content-type'] ?? '') && headers['content-length'] === undefined;
