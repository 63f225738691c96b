import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';

/** Whether a request says that a body follows (RFC 9112 §6.3). */
export const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

/**
 * The body of a client's request on its way upstream, at the upstream's pace. It may be given up without harm to the client's
 * connection: what is left of the body is then taken and dropped, so that the answer can be read.
 */
export class Upload extends Readable {
  readonly #request: IncomingMessage;

  constructor(request: IncomingMessage) {
    super();
    this.#request = request;
    request.on('data', this.#take).once('end', this.#finish).once('error', this.#giveUp).once('close', this.#giveUp);
    // Whoever gives it up has said why already.
    this.on('error', () => {});
  }

  readonly #take = (chunk: Buffer): void => {
    if (!this.push(chunk)) this.#request.pause();
  };

  readonly #finish = (): void => {
    this.push(null);
  };

  readonly #giveUp = (): void => {
    if (!this.#request.readableEnded) this.destroy();
  };

  override _read(): void {
    this.#request.resume();
  }

  override _destroy(_error: Error | null, done: (error?: Error | null) => void): void {
    const request = this.#request;
    request.off('data', this.#take).off('end', this.#finish).off('error', this.#giveUp).off('close', this.#giveUp);
    request.on('error', () => {}).resume();
    done();
  }
}
