import type { IncomingMessage } from 'node:http';
import { BadBody, BodyTooLarge, UnsupportedBody } from '../errors.ts';

/** Reads a body to its end. @throws BodyTooLarge, UnsupportedBody, BadBody */
export function readWhole(incoming: IncomingMessage, mostBytes: number, withinMs: number): Promise<Buffer> {
  if (incoming.headers['content-encoding'] !== undefined)
    return Promise.reject(new UnsupportedBody('the body is in an encoding that is not taken'));
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const late = setTimeout(() => incoming.destroy(), withinMs);
    incoming
      .on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes <= mostBytes) chunks.push(chunk);
        else {
          chunks.length = 0;
          incoming.pause();
          reject(new BodyTooLarge('the body is too large'));
        }
      })
      .once('end', () => resolve(Buffer.concat(chunks)))
      .once('error', () => reject(new BadBody('the body broke off')))
      .once('close', () => {
        clearTimeout(late);
        reject(new BadBody('the body broke off'));
      });
  });
}
