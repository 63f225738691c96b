import type { ServerResponse } from 'node:http';
import type { Later } from '../lib/end-of-turn.ts';
import type { Answer } from './answer-head.ts';
import type { Sink } from './call.ts';
import { type Exchange, isGone } from './exchange.ts';

const SMALL = 4096;

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
  readonly #later: Later;
  #isEnding = false;
  readonly #isCounted: boolean;

  constructor(exchange: Exchange, answer: Answer, response: ServerResponse, onBroken: () => void, later: Later) {
    this.#exchange = exchange;
    this.#answer = answer;
    this.#response = response;
    this.#onBroken = onBroken;
    this.#later = later;
    this.#left = Number(answer.headers['content-length'] ?? Number.NaN);
    // Where the length is not known the body may be long in coming, and an event stream has begun once its head is there.
    this.#isCounted = !Number.isNaN(this.#left);
    if (!this.#isCounted) process.nextTick(this.#flush);
  }

  get borrows(): number {
    return this.#isCounted ? this.#left : 0;
  }

  get holds(): boolean {
    return this.#response.writableLength > 0 && !this.#response.destroyed;
  }

  data(chunk: Buffer): boolean {
    if (this.#isOver()) return true;
    return this.#isCounted ? this.#count(chunk) : this.#send(chunk);
  }

  #send(chunk: Buffer): boolean {
    if (this.#response.write(chunk)) return true;
    if (!this.#isWaiting) this.#response.once('drain', this.#goOn);
    this.#isWaiting = true;
    return false;
  }

  /** Each part goes out before the next is asked for: what it lies in is not ours to keep. */
  #count(chunk: Buffer): boolean {
    const response = this.#response;
    const isLast = chunk.length === this.#left;
    this.#left -= chunk.length;
    if (isLast && chunk.length <= SMALL) {
      // Head and body are one string, and one write.
      const body = chunk.toString('latin1');
      this.#isEnding = true;
      this.#later(() => {
        if (!this.#isOver()) response.end(body, 'latin1');
      });
      return true;
    }
    if (isLast) response.end(chunk);
    else response.write(chunk, this.#written);
    // Node would hold it back to the end of the turn.
    response.socket?.uncork();
    this.#isWaiting = this.holds;
    return isLast || !this.#isWaiting;
  }

  end(): void {
    if (!this.#isOver() && !this.#isEnding) this.#response.end();
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

  readonly #written = (): void => {
    if (this.#isWaiting && !this.holds) this.#goOn();
  };

  readonly #goOn = (): void => {
    this.#isWaiting = false;
    this.#answer.resume();
  };
}
