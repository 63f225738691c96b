import type { ServerResponse } from 'node:http';
import { DashgateError, Overloaded, UpstreamUnusable } from '../errors.ts';
import type { ByteBudget } from '../lib/byte-budget.ts';
import type { AnswerBody } from './answer-body.ts';
import type { Head } from './answer-head.ts';
import { answerHeaders, type NotTheirs, OF_THE_BODY, withoutHeaders } from './answer-headers.ts';
import { type Exchange, isGone } from './exchange.ts';
import { type Insertion, insertInto } from './insertion.ts';
import { changed, type Headers } from './upstream-headers.ts';

/** A body of ours in the place of the upstream's. */
export interface Substitute {
  /** In the place of the upstream's. */
  readonly status?: number;
  /** `null`: none, and no content type. */
  readonly body: string | null;
  readonly contentType: string;
  /** Names of the upstream's headers that stay, lower-cased; `null`: all of them. */
  readonly keeps: ReadonlySet<string> | null;
}

/** What becomes of an answer. */
export interface Rewrite {
  /** By the head of the answer. `pass`: as it comes; `make`: another body of it, once it is here whole. */
  choose(answer: Head): 'pass' | 'make' | Substitute;
  /** Makes another body of one. Throws where it does not understand it. */
  make(body: string): string;
  readonly mostBytes: number;
  /** In the place of the upstream's own, by lower-cased name, where a body is made. */
  readonly headers: Readonly<Record<string, string>>;
  /** What is read is counted in it. */
  readonly budget: ByteBudget | null;
}

export interface RewriteOptions extends NotTheirs {
  readonly onUnusable: (error: Error) => void;
  /** What is put into the body once it is made. */
  readonly insertion?: Insertion | null;
}

/** What changes a small document of a kind of dashboard: the body of a 200, and nothing else of it. */
export const rewriteOk = (make: (body: string) => string): Rewrite => ({
  choose: ({ statusCode }) => (statusCode === 200 ? 'make' : 'pass'),
  make,
  mostBytes: 256 * 1024,
  headers: {},
  budget: null,
});

const OF_A_PART = ['if-none-match', 'if-modified-since', 'if-match', 'if-unmodified-since', 'range', 'if-range'];

/** A request whose answer is rewritten must ask for all of it, plain. */
export const askPlainly = (headers: Headers): Headers =>
  changed(headers, [...OF_A_PART, 'accept-encoding'], ['accept-encoding', 'identity']);

/** Reads an upstream's answer whole and passes on what becomes of it. The upstream's silence counts until it is whole. */
export function relayRewritten(
  exchange: Exchange,
  answer: AnswerBody,
  response: ServerResponse,
  { make, mostBytes, headers: ours, budget }: Rewrite,
  { onUnusable, insertion = null, ...notTheirs }: RewriteOptions,
): void {
  const refuse = (why: string, cause?: unknown): void => {
    answer.destroy();
    onUnusable(
      cause instanceof DashgateError
        ? cause
        : new UpstreamUnusable(`${exchange.approved.target.path} ${why}`, { cause }),
    );
  };
  const encoding = answer.head.headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    refuse('came in an encoding that was not asked for');
    return;
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  let taken = 0;
  answer.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > mostBytes) return refuse(`is larger than ${mostBytes} bytes`);
    if (budget && !budget.take(chunk.length))
      return refuse('', new Overloaded('too many answers are being read at once'));
    taken += budget ? chunk.length : 0;
    chunks.push(chunk);
  });
  const onBreak = (): void => {
    budget?.give(taken);
    taken = 0;
    if (!exchange.isCut && !answer.complete && !isGone(response)) refuse('broke off');
  };
  answer.once('error', onBreak).once('close', onBreak);
  answer.once('end', () => {
    if (exchange.isSettled || isGone(response)) return;
    try {
      const made = Buffer.from(make(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks))));
      const body = (insertion && insertInto(made, insertion, true)) ?? made;
      const kept = withoutHeaders(answerHeaders(answer.head.rawHeaders, notTheirs), OF_THE_BODY, ours);
      const headers = insertion ? insertion.head(kept) : kept;
      for (const cookie of exchange.approved.setCookies) headers.push('Set-Cookie', cookie);
      for (const [name, value] of Object.entries(ours)) headers.push(name, value);
      headers.push('Content-Length', String(body.length));
      response.writeHead(answer.head.statusCode, headers);
      exchange.settle();
      response.end(body);
    } catch (error) {
      refuse('is not what it has to be', error);
    }
  });
}

/** Passes on an upstream's status with a body of ours. */
export function relaySubstitute(
  exchange: Exchange,
  answer: AnswerBody,
  response: ServerResponse,
  { status, body, contentType, keeps }: Substitute,
  { onUnusable, ...notTheirs }: RewriteOptions,
): void {
  answer.on('error', () => answer.destroy()).resume();
  try {
    const headers = withoutHeaders(answerHeaders(answer.head.rawHeaders, notTheirs), OF_THE_BODY, {}, keeps);
    for (const cookie of exchange.approved.setCookies) headers.push('Set-Cookie', cookie);
    if (body !== null) headers.push('Cache-Control', 'no-store', 'Content-Type', contentType);
    headers.push('Content-Length', String(Buffer.byteLength(body ?? '')));
    response.writeHead(status ?? answer.head.statusCode, headers);
    exchange.settle();
    response.end(body ?? '');
  } catch (error) {
    answer.destroy();
    onUnusable(error instanceof Error ? error : new Error('the head of the answer is unusable'));
  }
}
