import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type Asked, wholeRequest } from './asked.ts';
import type { Repeats } from './lane.ts';
import { SideLine } from './side-line.ts';

/** A connection that is read here first. */
export interface Line {
  /** Ends it, unless node:http has heard of it: that has its own end. */
  retire(): void;
  cut(): void;
}

export interface LineOptions {
  readonly repeats: () => Repeats;
  readonly isRetired: () => boolean;
  /** How long it may wait with its first byte. */
  readonly firstMs: number;
  /** How long it may say nothing after an answer. */
  readonly idleMs: number;
  /** Makes a connection one of node:http's. */
  readonly introduce: (to: Socket | SideLine) => void;
  /** It has ended, or is node:http's alone. */
  readonly onEnd: () => void;
}

/** What comes in more than so many bytes is no matter of repeating. */
const MOST_BYTES = 16 * 1024;
/** A connection on which so many more questions are new than not is left to node:http, which is quicker at those alone. */
const MOST_NEW = 64;
/** So many new ones a question makes up for that was asked before. */
const WORTH = 2;

export function followLine(socket: Socket, options: LineOptions): Line {
  const { repeats, isRetired, firstMs, idleMs, introduce, onEnd } = options;
  // As it is now: one that was reset has none any more.
  const { remoteAddress } = socket;
  const peer = remoteAddress ?? '';
  let side: SideLine | null = null;
  /** What node:http was given since it last owed nothing; `null`: it owes nothing. */
  let asked: Asked | null = null;
  /** node:http may be anywhere in a request: it keeps the connection. */
  let isLost = false;
  let isUsed = false;
  let newOnes = 0;

  const lose = (): void => {
    isLost = true;
    asked = null;
  };
  const answer = (text: string): void => {
    if (!isUsed) socket.setTimeout(idleMs);
    isUsed = true;
    newOnes = Math.max(newOnes - WORTH, -MOST_NEW);
    if (socket.write(text, 'latin1')) return;
    socket.pause();
    socket.once('drain', () => socket.resume());
  };

  /** node:http has read the head of a request. */
  const began = (incoming: IncomingMessage, response: ServerResponse): void => {
    if (!asked) return;
    if (++asked.requests > 1) lose();
    else response.once('close', () => settle(incoming, response));
  };
  /** A request was answered, or broke off. */
  const settle = (incoming: IncomingMessage, response: ServerResponse): void => {
    if (!asked) return;
    const whole = wholeRequest(asked, incoming, response);
    if (whole === 'head') repeats().keep(asked.given, peer, incoming, response, asked.answer);
    if (whole) asked = null;
    else lose();
  };
  const onWritten = (chunk: Buffer | string, encoding: BufferEncoding): void => {
    if (!asked) return;
    asked.answer += typeof chunk === 'string' && encoding === 'latin1' ? chunk : Buffer.from(chunk).toString('latin1');
    if (asked.answer.length > MOST_BYTES) lose();
  };

  /** Gives it to node:http, which has the connection as another from the first request on that it is needed for. */
  const give = (chunk: Buffer): void => {
    if (!side) {
      isUsed = true;
      side = new SideLine(socket, { remoteAddress, began, onWritten });
      // The limits of node:http hold from here on.
      socket.setTimeout(0);
      introduce(side);
    }
    side.give(chunk);
  };
  /** Leaves the connection itself to node:http, as if it had always been there. Nothing is under way on it. */
  const leave = (chunk: Buffer): void => {
    for (const [event, listener] of listeners) socket.off(event, listener);
    onEnd();
    side?.release();
    socket.setTimeout(0);
    introduce(socket);
    socket.emit('data', chunk);
  };
  /** What node:http is given of a request that may end with it. */
  const note = (head: string): void => {
    asked ??= { given: '', answer: '', requests: 0 };
    asked.given += head;
    // Behind a request that is not answered yet comes the next: they are node:http's to keep apart.
    if (asked.requests > 0 || asked.given.length > MOST_BYTES) lose();
  };
  const take = (chunk: Buffer): void => {
    if (chunk.length > MOST_BYTES || isRetired()) lose();
    if (isLost) {
      give(chunk);
      return;
    }
    const head = chunk.toString('latin1');
    const known = asked ? null : repeats().again(head, peer);
    if (known !== null) answer(known);
    else if (!asked && ++newOnes > MOST_NEW) leave(chunk);
    else {
      note(head);
      give(chunk);
    }
  };

  const listeners = [
    ['data', take],
    [
      'end',
      () => {
        if (side) side.give(null);
        else socket.end();
      },
    ],
    ['timeout', () => (side ? side.emit('timeout') : socket.destroy())],
    // Without a listener an error would end the process; the close comes next.
    ['error', (error: Error) => void side?.destroy(error)],
    [
      'close',
      () => {
        onEnd();
        side?.destroy();
      },
    ],
  ] as const;
  for (const [event, listener] of listeners) socket.on(event, listener);
  socket.setTimeout(firstMs);

  return {
    retire() {
      if (!side) socket.destroySoon();
    },
    cut: () => void socket.destroy(),
  };
}
