import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';

/** What a {@link SideLine} asks of the connection that it stands for. */
export interface MainLine {
  readonly socket: Socket;
  /** As it was when the connection began: one that was reset has none any more. */
  readonly remoteAddress: string | undefined;
  /** Told of everything that goes to the other end, as it stands. */
  written(chunk: Buffer | string): void;
}

/**
 * A connection as node:http sees it, where another reads it first: it gets what it is given by {@link give}, and what it writes
 * goes out as it stands. It has what node:http asks of a socket.
 */
export class SideLine extends Duplex {
  readonly #main: MainLine;
  readonly remoteAddress: string | undefined;

  constructor(main: MainLine) {
    super({ decodeStrings: false, allowHalfOpen: true });
    this.#main = main;
    this.remoteAddress = main.remoteAddress;
  }

  /** @param chunk - `null`: the other end says no more */
  give(chunk: Buffer | null): void {
    if (!this.push(chunk)) this.#main.socket.pause();
  }

  override _read(): void {
    this.#main.socket.resume();
  }

  override _write(chunk: Buffer | string, encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#main.written(chunk);
    this.#main.socket.write(chunk, encoding, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#main.socket.end(() => done());
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#main.socket.destroy();
    done(error);
  }

  /** Ends it once everything is written. */
  destroySoon(): void {
    this.end(() => this.destroy());
  }

  setTimeout(ms: number): this {
    this.#main.socket.setTimeout(ms);
    return this;
  }
}
