import type { IncomingMessage } from 'node:http';

/**
 * Looks at the whole body of a request, and leaves it there for whoever reads it next.
 * @param within - milliseconds
 * @returns `null` where it is not known to be that short, does not come in time, or breaks off
 */
export function peek(request: IncomingMessage, mostBytes: number, within: number): Promise<Buffer | null> {
  const announced = Number(request.headers['content-length'] ?? Number.NaN);
  if (!(announced > 0 && announced <= mostBytes)) return Promise.resolve(null);
  const { promise, resolve } = Promise.withResolvers<Buffer | null>();
  const chunks: Buffer[] = [];
  let length = 0;
  const settle = (found: (all: Buffer) => Buffer | null): void => {
    clearTimeout(late);
    request.off('readable', read).off('error', giveUp).off('close', giveUp);
    const all = Buffer.concat(chunks);
    // Before anything else is done: a stream that was read to its end ends in the next tick.
    if (length > 0 && !request.destroyed) request.unshift(all);
    resolve(found(all));
  };
  const giveUp = (): void => settle(() => null);
  const late = setTimeout(giveUp, within);
  const read = (): void => {
    for (let chunk = request.read(); chunk !== null; chunk = request.read()) {
      chunks.push(chunk);
      length += chunk.length;
    }
    if (length >= announced) settle((all) => all);
    else if (request.readableEnded) giveUp();
  };
  request.on('readable', read).once('error', giveUp).once('close', giveUp);
  return promise;
}
