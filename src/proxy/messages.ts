import { randomBytes } from 'node:crypto';
import { BadBody, BodyTooLarge, Overloaded } from '../errors.ts';
import type { ByteBudget } from '../lib/byte-budget.ts';

/** What one side of a websocket says: a text, whole, or what keeps the connection itself. */
export interface Message {
  readonly kind: 'text' | 'close' | 'ping' | 'pong';
  readonly bytes: Buffer;
}

export interface MessageBounds {
  readonly mostBytes: number;
  /** A text is counted in it from its first byte until the next message is asked for. */
  readonly budget: ByteBudget;
}

export interface Messages {
  /**
   * Takes in what came, and hands out what is whole.
   * @throws BadBody, BodyTooLarge, Overloaded
   */
  take(chunk: Buffer): Generator<Message>;
  /** Whether a text has begun and is not whole. */
  readonly isWithin: boolean;
  /** Gives back what is held of a text that will not come. */
  close(): void;
}

const CONTINUATION = 0;
const TEXT = 1;
const OPCODES = { text: TEXT, close: 8, ping: 9, pong: 10 } as const;
const LONGEST_CONTROL = 125;

/** A frame under way. */
interface Frame {
  readonly isLast: boolean;
  readonly opcode: number;
  readonly mask: Uint8Array | null;
  readonly bytes: number;
  left: number;
}

/**
 * Reads whole messages out of frames (RFC 6455 §5.2, §5.4). Texts only: an extension was not agreed on, and nothing binary is
 * understood.
 * @param isMasked - as all that a client sends is, and nothing that a server sends (§5.1)
 */
export function createMessages(isMasked: boolean, { mostBytes, budget }: MessageBounds): Messages {
  const header = Buffer.alloc(14);
  let have = 0;
  let frame: Frame | null = null;
  const text = createPile();
  const control = createPile();
  let isTextOpen = false;
  let held = 0;

  const release = (): void => {
    budget.give(held);
    held = 0;
  };
  /** @returns how many bytes the header has, as far as is known */
  const need = (): number => {
    const length = (header[1] ?? 0) & 0x7f;
    return have < 2 ? 2 : 2 + (length === 127 ? 8 : length === 126 ? 2 : 0) + (isMasked ? 4 : 0);
  };
  const begin = (): Frame => {
    const [first = 0, second = 0] = header;
    const opcode = first & 0x0f;
    const isLast = (first & 0x80) !== 0;
    if ((first & 0x70) !== 0) throw new BadBody('a frame has an extension that nobody agreed on');
    const length = second & 0x7f;
    const bytes = length < 126 ? length : length === 126 ? header.readUInt16BE(2) : Number(header.readBigUInt64BE(2));
    if (opcode >= 8) {
      if (opcode > OPCODES.pong || !isLast || bytes > LONGEST_CONTROL) throw new BadBody('a control frame is none');
    } else if (opcode !== (isTextOpen ? CONTINUATION : TEXT)) throw new BadBody('a frame is not a text');
    else if (held + bytes > mostBytes) throw new BodyTooLarge(`a message is larger than ${mostBytes} bytes`);
    else isTextOpen = true;
    const mask = isMasked ? Uint8Array.from(header.subarray(have - 4, have)) : null;
    return { isLast, opcode, mask, bytes, left: bytes };
  };
  const add = (into: Frame, part: Buffer): void => {
    const isControl = into.opcode >= 8;
    if (!isControl) {
      if (!budget.take(part.length)) throw new Overloaded('too many messages are being read at once');
      held += part.length;
    }
    const own = (isControl ? control : text).add(part);
    if (into.mask) applyMask(own, into.mask, into.bytes - into.left);
    into.left -= part.length;
  };

  return {
    *take(chunk) {
      let at = 0;
      while (at < chunk.length) {
        if (!frame) {
          header[have++] = chunk[at++] ?? 0;
          if (have === 2 && ((header[1] ?? 0) & 0x80) !== (isMasked ? 0x80 : 0))
            throw new BadBody('a frame is masked, or not, against the rule');
          if (have < need()) continue;
          frame = begin();
          have = 0;
        }
        if (frame.left > 0) {
          const end = Math.min(chunk.length, at + frame.left);
          if (end > at) add(frame, chunk.subarray(at, end));
          at = end;
          if (frame.left > 0) return;
        }
        const { opcode, isLast } = frame;
        frame = null;
        if (opcode >= 8) yield { kind: kindOf(opcode), bytes: control.empty() };
        else if (isLast) {
          isTextOpen = false;
          try {
            yield { kind: 'text', bytes: text.empty() };
          } finally {
            release();
          }
        }
      }
    },
    get isWithin() {
      return isTextOpen || have > 0 || frame !== null;
    },
    close: release,
  };
}

/** Bytes one behind the other: however small the pieces are, what is held stays below twice of it all. */
function createPile() {
  let whole = Buffer.alloc(0);
  let length = 0;
  return {
    /** @returns the part as it stands in the pile: another copy of it */
    add(part: Buffer): Buffer {
      if (length + part.length > whole.length) {
        const larger = Buffer.alloc(Math.max(length + part.length, 2 * whole.length));
        whole.copy(larger, 0, 0, length);
        whole = larger;
      }
      part.copy(whole, length);
      length += part.length;
      return whole.subarray(length - part.length, length);
    },
    empty(): Buffer {
      const all = whole.subarray(0, length);
      whole = Buffer.alloc(0);
      length = 0;
      return all;
    },
  };
}

const kindOf = (opcode: number): Message['kind'] => (opcode === 8 ? 'close' : opcode === 9 ? 'ping' : 'pong');

/** In place. @param from - how many bytes of the payload came before */
function applyMask(bytes: Buffer, mask: Uint8Array, from: number): void {
  for (let at = 0; at < bytes.length; at++) bytes[at] = (bytes[at] ?? 0) ^ (mask[(from + at) & 3] ?? 0);
}

/** One whole frame of a message. @param isMasked - as a client sends it */
export function frameOf({ kind, bytes }: Message, isMasked: boolean): Buffer {
  const { length } = bytes;
  const extended = length < 126 ? 0 : length < 65_536 ? 2 : 8;
  const frame = Buffer.alloc(2 + extended + (isMasked ? 4 : 0) + length);
  frame[0] = 0x80 | OPCODES[kind];
  frame[1] = (isMasked ? 0x80 : 0) | (extended === 0 ? length : extended === 2 ? 126 : 127);
  if (extended === 2) frame.writeUInt16BE(length, 2);
  if (extended === 8) frame.writeBigUInt64BE(BigInt(length), 2);
  bytes.copy(frame, frame.length - length);
  if (isMasked) {
    const mask = randomBytes(4);
    mask.copy(frame, 2 + extended);
    applyMask(frame.subarray(frame.length - length), mask, 0);
  }
  return frame;
}
