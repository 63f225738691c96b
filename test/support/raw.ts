import { connect } from 'node:net';
import { type PlainResponse, parseHead } from './parse-response.ts';

/** Whether all of an HTTP/1.1 answer is there (RFC 9112 §6.3); without a length only the connection's end says so. */
export function isWhole(text: string): boolean {
  const end = text.indexOf('\r\n\r\n');
  if (end === -1) return false;
  const { status, headers } = parseHead(text.slice(0, end));
  if (status < 200) return status === 101;
  if (status === 204 || status === 304) return true;
  const body = text.slice(end + 4);
  if (headers.get('transfer-encoding')) return body.startsWith('0\r\n\r\n') || body.endsWith('\r\n0\r\n\r\n');
  const length = headers.get('content-length');
  return length !== null && body.length >= Number(length);
}

/**
 * Sends these bytes as they stand (one character, one byte), and takes the first answer: for targets and headers
 * that no HTTP client would send.
 * @param target - a port of 127.0.0.1, or a unix socket's path
 * @returns `null` when the other side closed without a word; chunked bodies as they came
 * @throws when nothing whole came within `withinMs`
 */
export function raw(target: number | string, text: string, withinMs = 5_000): Promise<PlainResponse | null> {
  const socket = typeof target === 'number' ? connect(target, '127.0.0.1') : connect(target);
  socket.setEncoding('latin1');
  let answer = '';
  return new Promise<PlainResponse | null>((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`no whole answer within ${withinMs} ms, only ${JSON.stringify(answer)}`)),
      withinMs,
    );
    const finish = (): void => {
      clearTimeout(timer);
      const end = answer.indexOf('\r\n\r\n');
      resolve(end === -1 ? null : { ...parseHead(answer.slice(0, end)), body: answer.slice(end + 4) });
    };
    socket.on('data', (chunk: string) => {
      answer += chunk;
      if (isWhole(answer)) finish();
    });
    // A reset after an answer, or instead of one, ends it like a close.
    socket.on('error', (error: NodeJS.ErrnoException) => (error.code === 'ECONNRESET' ? finish() : reject(error)));
    socket.on('close', finish);
    socket.write(text, 'latin1');
  }).finally(() => socket.destroy());
}
