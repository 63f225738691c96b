import { once } from 'node:events';
import type { Socket } from 'node:net';
import { BadBody, DashgateError } from '../errors.ts';
import { closeFrame } from './frames.ts';
import { createMessages, frameOf, type Message, type MessageBounds } from './messages.ts';

/** What becomes of one message of either side: texts for the one, for the other, for both or for nobody. */
export interface Passage {
  readonly toClient: readonly string[];
  readonly toUpstream: readonly string[];
}

/** Stands in a websocket and reads every message, one after the other, before it goes on. Each side waits while it thinks. */
export interface Interpreter extends MessageBounds {
  /** How long a side may take for one message, or for reading one, in milliseconds. */
  readonly wholeMs: number;
  /** Rejects with what cannot be understood: that ends the websocket. */
  fromClient(text: Buffer): Promise<Passage>;
  fromUpstream(text: Buffer): Promise<Passage>;
  /** The websocket has been ended for what one side said. */
  onUnusable(error: unknown): void;
}

/** IANA, WebSocket close codes; by the status that the same would be answered with. */
const CODES: Readonly<Record<number, number>> = { 400: 1008, 413: 1009, 503: 1013 };
const FAILED = 1011;
const NO_CODE = 1005;

/**
 * Carries messages between both ends of a websocket by way of an interpreter.
 * @param isEnding - whether it is being ended from elsewhere: then nothing more is said
 */
export function interpret(client: Socket, upstream: Socket, interpreter: Interpreter, isEnding: () => boolean): void {
  const { wholeMs } = interpreter;
  let isOver = false;
  const fail = (error: unknown): void => {
    if (isOver || isEnding()) return;
    isOver = true;
    upstream.destroy();
    interpreter.onUnusable(error);
    const code = error instanceof DashgateError ? (CODES[error.status] ?? FAILED) : FAILED;
    if (client.writable) client.end(closeFrame(code, 'not understood'));
    else client.destroy();
  };
  const say = async (to: Socket, message: Message): Promise<void> => {
    if (!to.writable || isEnding() || isOver) return;
    if (to.write(frameOf(message, to === upstream))) return;
    const late = setTimeout(() => to.destroy(), wholeMs);
    await Promise.race([once(to, 'drain'), once(to, 'close')]).catch(() => {});
    clearTimeout(late);
  };
  const pump = async (from: Socket, to: Socket, read: Interpreter['fromClient']): Promise<void> => {
    const messages = createMessages(from === client, interpreter);
    let late: NodeJS.Timeout | undefined;
    try {
      for await (const chunk of from.iterator({ destroyOnReturn: false })) {
        if (!Buffer.isBuffer(chunk) || isOver || isEnding()) continue;
        for (const message of messages.take(chunk)) {
          clearTimeout(late);
          late = undefined;
          if (message.kind !== 'text') await say(to, message.kind === 'close' ? withoutReason(message) : message);
          else {
            const { toClient, toUpstream } = await read(message.bytes);
            for (const text of toClient) await say(client, asText(text));
            for (const text of toUpstream) await say(upstream, asText(text));
          }
        }
        if (messages.isWithin) late ??= setTimeout(() => fail(new BadBody('a message did not come in time')), wholeMs);
      }
    } catch (error) {
      // What a side has broken off by itself is nothing that it said.
      if (!from.destroyed) fail(error);
    } finally {
      clearTimeout(late);
      messages.close();
    }
    to.end();
  };
  void pump(client, upstream, interpreter.fromClient);
  void pump(upstream, client, interpreter.fromUpstream);
}

const asText = (text: string): Message => ({ kind: 'text', bytes: Buffer.from(text) });

/** A code is a number; a reason may say anything (RFC 6455 §5.5.1). */
const withoutReason = ({ bytes }: Message): Message => ({
  kind: 'close',
  bytes: bytes.length >= 2 && bytes.readUInt16BE(0) !== NO_CODE ? bytes.subarray(0, 2) : Buffer.alloc(0),
});
