import type { IncomingMessage } from 'node:http';
import { BadBody, BodyTooLarge, Overloaded } from '../errors.ts';
import type { ByteBudget } from '../lib/byte-budget.ts';

export interface BodyBounds {
  readonly mostBytes: number;
  /** How long a client may send nothing, and how long its whole body may take, in milliseconds. */
  readonly silenceMs: number;
  readonly wholeMs: number;
  /** What is read is held in it until `release`. */
  readonly budget: ByteBudget;
}

export interface ReadBody {
  readonly bytes: Buffer;
  release(): void;
}

/**
 * Reads a body whole.
 * @throws BodyTooLarge, BadBody where it does not come in time or not whole, Overloaded
 */
export function readBody(request: IncomingMessage, bounds: BodyBounds): Promise<ReadBody> {
  const { mostBytes, silenceMs, wholeMs, budget } = bounds;
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > mostBytes) return Promise.reject(new BodyTooLarge(`the body is larger than ${mostBytes} bytes`));
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let taken = 0;
    const release = (): void => {
      budget.give(taken);
      taken = 0;
    };
    const settle = (): void => {
      clearTimeout(silence);
      clearTimeout(whole);
      request.off('data', onData).off('end', onEnd).off('error', onBreak).off('close', onBreak);
    };
    const refuse = (error: Error): void => {
      settle();
      release();
      request.resume();
      reject(error);
    };
    const onLate = (): void => refuse(new BadBody('the body did not come in time'));
    const silence = setTimeout(onLate, silenceMs);
    const whole = setTimeout(onLate, wholeMs);
    const onData = (chunk: Buffer): void => {
      silence.refresh();
      if (taken + chunk.length > mostBytes) refuse(new BodyTooLarge(`the body is larger than ${mostBytes} bytes`));
      else if (!budget.take(chunk.length)) refuse(new Overloaded('too many bodies are being read at once'));
      else {
        taken += chunk.length;
        chunks.push(chunk);
      }
    };
    const onEnd = (): void => {
      settle();
      resolve({ bytes: Buffer.concat(chunks), release });
    };
    const onBreak = (): void => refuse(new BadBody('the body broke off'));
    request.on('data', onData).once('end', onEnd).once('error', onBreak).once('close', onBreak);
  });
}
