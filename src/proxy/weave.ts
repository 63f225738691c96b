import type { ServerResponse } from 'node:http';
import type { RelayOptions } from './answer.ts';
import type { AnswerBody } from './answer-body.ts';
import { answerHeaders, OF_THE_BODY, withoutHeaders } from './answer-headers.ts';
import { type Exchange, isGone } from './exchange.ts';
import { type Insertion, insertInto } from './insertion.ts';

/** Passes an answer on as it comes in, with something of ours in its first part. No more than that part is held. */
export function relayWoven(
  exchange: Exchange,
  answer: AnswerBody,
  response: ServerResponse,
  insertion: Insertion,
  options: RelayOptions,
): void {
  const length = Number(answer.head.headers['content-length']);
  let held = Buffer.alloc(0);
  const isOver = (): boolean => exchange.isSettled || isGone(response);
  const breakOff = (): void => {
    if (exchange.isCut || answer.complete || isGone(response)) return;
    options.onBroken();
    response.destroy();
  };
  const begin = (first: Buffer | null): void => {
    try {
      const headers = insertion.head(withoutHeaders(answerHeaders(answer.head.rawHeaders, options), OF_THE_BODY));
      for (const cookie of exchange.approved.setCookies) headers.push('Set-Cookie', cookie);
      if (first && Number.isSafeInteger(length))
        headers.push('Content-Length', String(length + first.length - held.length));
      response.writeHead(answer.head.statusCode, answer.head.statusMessage, headers);
    } catch (error) {
      answer.destroy();
      options.onUnusable(error instanceof Error ? error : new Error('the head of the answer is unusable'));
      return;
    }
    exchange.settle();
    exchange.answer = answer.head;
    if (first && first.length > 0) response.write(first);
  };
  const hold = (chunk: Buffer): void => {
    held = Buffer.concat([held, chunk]);
    const first = insertInto(held, insertion, false);
    if (!first || isOver()) return;
    answer.off('data', hold).off('end', end);
    begin(first);
    if (exchange.answer === answer.head) answer.pipe(response);
  };
  const end = (): void => {
    if (isOver()) return;
    begin(response.req.method === 'HEAD' ? null : insertInto(held, insertion, true));
    if (exchange.answer === answer.head) response.end();
  };
  answer.once('error', breakOff).once('close', breakOff);
  if (isOver()) answer.destroy();
  else answer.on('data', hold).on('end', end);
}
