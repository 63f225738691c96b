import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';

type Done = (error?: Error | null) => void;

export interface SideLineOptions {
  readonly remoteAddress: string | undefined;
  /** Told of each head of a request that was read. */
  readonly began: (incoming: IncomingMessage, response: ServerResponse) => void;
  /** Told of everything that is written. */
  readonly onWritten: (chunk: Buffer | string, encoding: BufferEncoding) => void;
}

/**
 * A connection as node:http sees it where another reads it first: it has what it is given, and what it writes goes out as it
 * stands. It is as much of a socket as node:http asks for.
 */
export class SideLine extends Duplex {
  readonly remoteAddress: string | undefined;
  readonly began: SideLineOptions['began'];
  readonly #socket: Socket;
  readonly #onWritten: SideLineOptions['onWritten'];
  #isReleased = false;

  constructor(socket: Socket, { remoteAddress, began, onWritten }: SideLineOptions) {
    super({ decodeStrings: false, allowHalfOpen: true });
    this.remoteAddress = remoteAddress;
    this.began = began;
    this.#socket = socket;
    this.#onWritten = onWritten;
  }

  /** @param chunk - `null`: the other end says no more */
  give(chunk: Buffer | null): void {
    if (!this.push(chunk)) this.#socket.pause();
  }

  /** Ends without the connection, which is another's from here on. */
  release(): void {
    this.#isReleased = true;
    this.destroy();
  }

  override _read(): void {
    if (this.#socket.isPaused()) this.#socket.resume();
  }

  override _write(chunk: Buffer | string, encoding: BufferEncoding, done: Done): void {
    this.#onWritten(chunk, encoding);
    this.#socket.write(chunk, encoding, done);
  }

  override _final(done: Done): void {
    this.#socket.end(() => done());
  }

  override _destroy(error: Error | null, done: Done): void {
    if (!this.#isReleased) this.#socket.destroy();
    done(error);
  }

  /** Ends it once everything is written. */
  destroySoon(): void {
    this.end(() => this.destroy());
  }

  setTimeout(ms: number): this {
    if (!this.#isReleased) this.#socket.setTimeout(ms);
    return this;
  }
}
