import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type MainLine, SideLine } from './side-line.ts';

/** Answers that may be given again to the same bytes. */
export interface Repeats {
  /**
   * @param head - a whole read, one character a byte
   * @param peer - the address that it came from, as the connection has it
   * @returns what answers it, byte for byte, if the same head was answered before and would be answered so now; else `null`
   */
  again(head: string, peer: string): string | null;
  /** Keeps what answered a head, if that is of use. @param answer - all that was written, one character a byte */
  keep(head: string, peer: string, incoming: IncomingMessage, response: ServerResponse, answer: string): void;
}

export interface Lane {
  /** Answers nothing by itself any more, and ends connections on which nothing else has begun. */
  retire(): void;
  /** Cuts all that is left. */
  cut(): void;
}

/** Longer heads, and what is asked in more than so many bytes, are no matter of repeating. */
const MOST_BYTES = 16 * 1024;
/** Longer answers are not kept. */
const MOST_ANSWER = 16 * 1024;
const HEAD_END = '\r\n\r\n';

/** What node:http was given since it last owed nothing. */
interface Asked {
  given: string;
  answer: string;
  requests: number;
}

/**
 * Goes ahead of node:http on each connection of a server. A read that is, byte for byte, a head which was answered before is
 * answered by `repeats`; everything else goes to node:http, whose parser is the only one. While that owes an answer, or might be
 * in the middle of a request, it gets all there is: nothing is looked up then, so no request can hide in another.
 */
export function layLane(server: Server, repeats: () => Repeats): Lane {
  const behind = server.listeners('connection');
  server.removeAllListeners('connection');
  const lines = new Map<SideLine, Line>();
  const open = new Set<Line>();
  let isRetired = false;

  class Line implements MainLine {
    readonly socket: Socket;
    readonly remoteAddress: string | undefined;
    #side: SideLine | null = null;
    #asked: Asked | null = null;
    /** node:http may be anywhere in a request: it keeps the connection. */
    #isGone = false;
    #hasBegun = false;

    constructor(socket: Socket) {
      this.socket = socket;
      this.remoteAddress = socket.remoteAddress;
      open.add(this);
      socket
        .setTimeout(server.headersTimeout)
        .on('data', (chunk: Buffer) => this.#take(chunk))
        .on('end', () => (this.#side ? this.#side.give(null) : socket.end()))
        .on('timeout', () => (this.#side ? this.#side.emit('timeout') : socket.destroy()))
        // Without a listener an error would end the process; what follows is its close.
        .on('error', (error) => this.#side?.destroy(error))
        .on('close', () => {
          open.delete(this);
          this.#side?.destroy();
        });
    }

    get isIdle(): boolean {
      return this.#side === null;
    }

    written(chunk: Buffer | string): void {
      if (!this.#asked) return;
      this.#asked.answer += typeof chunk === 'string' ? chunk : chunk.toString('latin1');
      if (this.#asked.answer.length > MOST_ANSWER) this.#leave();
    }

    /** node:http has read the head of a request. */
    began(incoming: IncomingMessage, response: ServerResponse): void {
      const asked = this.#asked;
      if (!asked) return;
      if (++asked.requests > 1) this.#leave();
      else response.once('close', () => this.#settle(incoming, response));
    }

    #take(chunk: Buffer): void {
      if (this.#isGone || isRetired || chunk.length > MOST_BYTES) {
        this.#leave();
        this.#behind().give(chunk);
        return;
      }
      const head = chunk.toString('latin1');
      const answer = this.#asked ? null : repeats().again(head, this.remoteAddress ?? '');
      if (answer === null) {
        this.#note(head);
        this.#behind().give(chunk);
      } else this.#answer(answer);
    }

    #answer(answer: string): void {
      if (!this.#hasBegun) {
        this.#hasBegun = true;
        this.socket.setTimeout(server.keepAliveTimeout);
      }
      if (!this.socket.write(answer, 'latin1')) {
        this.socket.pause();
        this.socket.once('drain', () => this.socket.resume());
      }
    }

    /** What node:http is given of a request that may end with it. */
    #note(head: string): void {
      this.#asked ??= { given: '', answer: '', requests: 0 };
      this.#asked.given += head;
      // Behind a request that is not answered yet comes the next: they are node:http's to keep apart.
      if (this.#asked.requests > 0 || this.#asked.given.length > MOST_BYTES) this.#leave();
    }

    /** The connection as node:http has it, from the first request on that it is needed for. */
    #behind(): SideLine {
      if (this.#side) return this.#side;
      const side = new SideLine(this);
      this.#side = side;
      this.#hasBegun = true;
      lines.set(side, this);
      side.once('close', () => lines.delete(side));
      // Its own limits hold from here on.
      this.socket.setTimeout(0);
      for (const listener of behind) Reflect.apply(listener, server, [side]);
      return side;
    }

    #leave(): void {
      this.#isGone = true;
      this.#asked = null;
    }

    /** A request was answered, or broke off. */
    #settle(incoming: IncomingMessage, response: ServerResponse): void {
      const asked = this.#asked;
      if (!asked) return;
      const isOver = asked.requests === 1 && incoming.complete && response.writableFinished && response.shouldKeepAlive;
      const bodyBytes = isOver ? bodyBytesOf(incoming) : null;
      const headEnd = asked.given.indexOf(HEAD_END) + HEAD_END.length;
      if (bodyBytes === null || asked.given.length !== headEnd + bodyBytes) {
        this.#leave();
        return;
      }
      this.#asked = null;
      if (bodyBytes === 0) repeats().keep(asked.given, this.remoteAddress ?? '', incoming, response, asked.answer);
    }
  }

  server.on('connection', (socket: Socket) => {
    new Line(socket);
  });
  server.prependListener('request', (incoming: IncomingMessage, response: ServerResponse) => {
    const { socket }: { socket: unknown } = incoming;
    if (socket instanceof SideLine) lines.get(socket)?.began(incoming, response);
  });

  return {
    retire() {
      isRetired = true;
      for (const line of open) if (line.isIdle) line.socket.destroy();
    },
    cut() {
      for (const { socket } of open) socket.destroy();
    },
  };
}

/** How long the body was, where that was said; `null` where only its reader knows where it ended. */
function bodyBytesOf({ headers }: IncomingMessage): number | null {
  if (headers['transfer-encoding'] !== undefined || headers.upgrade !== undefined) return null;
  const length = headers['content-length'] ?? '0';
  return /^\d{1,9}$/.test(length) ? Number(length) : null;
}
