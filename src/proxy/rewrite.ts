import type { IncomingMessage, ServerResponse } from 'node:http';
import { UpstreamUnusable } from '../errors.ts';
import { answerHeaders, type NotTheirs } from './answer-headers.ts';
import { type Exchange, isGone } from './exchange.ts';

/** Makes another body of one. Throws where it does not understand it. */
export type Rewrite = (body: string) => string;

export interface RewriteOptions extends NotTheirs {
  readonly onUnusable: (error: Error) => void;
}

/** What is rewritten is a small document; more is not it. */
const MOST_BYTES = 256 * 1024;

/** True of the body as it was, not as it becomes (RFC 9110 §8.8, §8.6). */
const OF_THE_BODY = new Set(['content-length', 'etag', 'last-modified', 'content-md5', 'digest', 'accept-ranges']);

/** A request whose answer is rewritten must ask for all of it, plain. In place. */
export function askPlainly(headers: Record<string, string | string[]>): void {
  for (const name of ['if-none-match', 'if-modified-since', 'if-match', 'if-unmodified-since', 'range', 'if-range']) {
    delete headers[name];
  }
  headers['accept-encoding'] = 'identity';
}

/** Reads an upstream's answer whole and passes on what becomes of it. The upstream's silence counts until it is whole. */
export function relayRewritten(
  exchange: Exchange,
  answer: IncomingMessage,
  response: ServerResponse,
  rewrite: Rewrite,
  { onUnusable, ...notTheirs }: RewriteOptions,
): void {
  const refuse = (why: string, cause?: unknown): void => {
    answer.destroy();
    onUnusable(new UpstreamUnusable(`${exchange.approved.target.path} ${why}`, { cause }));
  };
  const encoding = answer.headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    refuse('came in an encoding that was not asked for');
    return;
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  answer.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= MOST_BYTES) chunks.push(chunk);
    else refuse(`is larger than ${MOST_BYTES} bytes`);
  });
  const onBreak = (): void => {
    if (!exchange.isCut && !answer.complete && !isGone(response)) refuse('broke off');
  };
  answer.once('error', onBreak).once('close', onBreak);
  answer.once('end', () => {
    if (exchange.isSettled || isGone(response)) return;
    try {
      const body = Buffer.from(rewrite(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks))));
      const headers = without(answerHeaders(answer.rawHeaders, notTheirs), OF_THE_BODY);
      for (const cookie of exchange.approved.setCookies) headers.push('Set-Cookie', cookie);
      headers.push('Content-Length', String(body.length));
      response.writeHead(200, headers);
      exchange.settle();
      response.end(body);
    } catch (error) {
      refuse('is not what it has to be', error);
    }
  });
}

/** @param raw - names and values in turns */
function without(raw: readonly string[], names: ReadonlySet<string>): string[] {
  const kept: string[] = [];
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const [name = '', value = ''] = [raw[index], raw[index + 1]];
    if (!names.has(name.toLowerCase())) kept.push(name, value);
  }
  return kept;
}
