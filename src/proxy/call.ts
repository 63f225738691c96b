import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import { Answer } from './answer-head.ts';
import type { Line } from './lines.ts';

/** Takes in the body of an answer. Nothing is called after `end` or `broken`. */
export interface Sink {
  /** So many bytes are only needed until `data` has returned true, or the answer is resumed. */
  readonly borrows: number;
  /** What was borrowed is still needed. */
  readonly holds: boolean;
  /** @returns whether more may come; else the answer waits until it is resumed */
  data(chunk: Buffer): boolean;
  end(): void;
  /** It ended before its end. */
  broken(): void;
}

/** Who is told of what comes of a request. */
export interface Hears {
  /** The head of the final answer is there. */
  onAnswer(answer: Answer): Sink;
  /** More of the request's body has gone out. */
  onMoved(): void;
  /** All of the request has gone out. */
  onSent(): void;
  /**
   * There is going to be no answer.
   * @param isReused - it was sent on a connection that had carried others
   */
  onError(error: Error, isReused: boolean): void;
}

/** One request on a line, from its sending to the end of its answer. */
export class Call implements Dispatcher.DispatchHandler {
  line: Line | null = null;
  isOver = false;
  /** What comes next is a status line. */
  isAwaited = true;
  readonly #hears: Hears;
  readonly #release: (line: Line) => void;
  readonly #discard: (line: Line) => void;
  #controller: Dispatcher.DispatchController | null = null;
  #sink: Sink | null = null;
  #isReused = false;

  constructor(hears: Hears, release: (line: Line) => void, discard: (line: Line) => void) {
    this.#hears = hears;
    this.#release = release;
    this.#discard = discard;
  }

  get borrows(): number {
    return this.isOver ? 0 : (this.#sink?.borrows ?? 0);
  }

  get holds(): boolean {
    return this.#sink?.holds ?? false;
  }

  /** Ends it from here, with its connection. Whoever takes in its body hears that it is broken, and nobody anything else. */
  abort(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.#controller?.abort(new Error('ended from here'));
    if (this.line) this.#discard(this.line);
    this.#sink?.broken();
  }

  resume(): void {
    if (!this.isOver) this.#controller?.resume();
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.isOver || !this.line) {
      controller.abort(new Error('ended from here'));
      return;
    }
    this.#isReused = this.line.served > 0;
    this.line.served++;
  }

  onBodySent(): void {
    if (!this.isOver) this.#hears.onMoved();
  }

  onRequestSent(): void {
    if (!this.isOver) this.#hears.onSent();
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    _headers: IncomingHttpHeaders,
    message = '',
  ): void {
    // What comes before the answer itself is for this hop (RFC 9110 §15.2).
    this.isAwaited = status < 200;
    if (this.isOver || this.isAwaited) return;
    this.#sink = this.#hears.onAnswer(new Answer(this, status, message, controller.rawHeaders));
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.isOver || !this.#sink) return;
    if (!this.#sink.data(chunk)) controller.pause();
  }

  onResponseEnd(): void {
    if (this.isOver) return;
    this.isOver = true;
    if (this.line) this.#release(this.line);
    this.#sink?.end();
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    if (this.isOver) return;
    this.isOver = true;
    if (this.line) this.#discard(this.line);
    if (this.#sink) this.#sink.broken();
    else this.#hears.onError(error, this.#isReused);
  }
}
