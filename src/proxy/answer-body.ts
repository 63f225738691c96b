import { Readable } from 'node:stream';
import type { Answer, Head } from './answer-head.ts';
import type { Sink } from './call.ts';

/** The body of an answer for whoever reads it here, at the pace at which that is done. */
export class AnswerBody extends Readable implements Sink {
  readonly borrows = 0;
  readonly holds = false;
  /** All of it has come. */
  complete = false;
  readonly #answer: Answer;

  constructor(answer: Answer) {
    super();
    this.#answer = answer;
    // Who has broken it off, or lost it, hears of its end by `close`.
    this.on('error', () => {});
  }

  get head(): Head {
    return this.#answer;
  }

  data(chunk: Buffer): boolean {
    return this.push(chunk);
  }

  end(): void {
    this.complete = true;
    this.push(null);
  }

  broken(): void {
    this.destroy(new Error('the upstream broke off'));
  }

  override _read(): void {
    this.#answer.resume();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    if (!this.complete) this.#answer.abort();
    done(error);
  }
}
