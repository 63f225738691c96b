import type { ServerResponse } from 'node:http';
import type { Answer } from './answer-head.ts';
import type { Sink } from './call.ts';
import { type Exchange, isGone } from './exchange.ts';

/**
 * Passes the body of an answer on as it comes, at the client's own pace: no more is held than what has come at once and what
 * the client's connection takes. The head has been written, and goes out with what follows it.
 */
export class Passing implements Sink {
  readonly #exchange: Exchange;
  readonly #answer: Answer;
  readonly #response: ServerResponse;
  readonly #onBroken: () => void;
  /** Bytes that are to come; not a number where that is not known. */
  #left: number;
  #isWaiting = false;

  constructor(exchange: Exchange, answer: Answer, response: ServerResponse, onBroken: () => void) {
    this.#exchange = exchange;
    this.#answer = answer;
    this.#response = response;
    this.#onBroken = onBroken;
    this.#left = Number(answer.headers['content-length'] ?? Number.NaN);
    // Where the length is not known the body may be long in coming, and an event stream has begun once its head is there.
    if (Number.isNaN(this.#left)) process.nextTick(this.#flush);
  }

  data(chunk: Buffer): boolean {
    if (this.#isOver()) return true;
    if (chunk.length === this.#left) {
      // One write for the end and the head before it.
      this.#response.end(chunk);
      return true;
    }
    this.#left -= chunk.length;
    if (this.#response.write(chunk)) return true;
    if (!this.#isWaiting) this.#response.once('drain', this.#goOn);
    this.#isWaiting = true;
    return false;
  }

  end(): void {
    if (!this.#isOver()) this.#response.end();
  }

  broken(): void {
    // Half an answer must not look whole, so the client's connection breaks as the upstream's did.
    if (this.#isOver()) return;
    this.#onBroken();
    this.#response.destroy();
  }

  #isOver(): boolean {
    return this.#exchange.isCut || isGone(this.#response);
  }

  readonly #flush = (): void => {
    if (!this.#isOver()) this.#response.flushHeaders();
  };

  readonly #goOn = (): void => {
    this.#isWaiting = false;
    this.#answer.resume();
  };
}
