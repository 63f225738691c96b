/** Where the frames of a websocket begin and end, in one direction. */
export interface Frames {
  /** Takes in what was passed on; nothing is kept of it. */
  follow(chunk: Uint8Array): void;
  /** Whether a whole frame of ours could stand here: the last one is complete, and was not the closing one. */
  readonly isBetween: boolean;
}

/** Told of each header that went by. @param bytes - of the payload that is to follow */
export type OnFrame = (opcode: number, bytes: number) => void;

/** RFC 6455 §5.2: two bytes, up to eight of an extended length, four of a mask. */
const SHORTEST_HEADER = 2;
const CLOSE = 8;
const MASKED = 0x80;

/**
 * Reads the headers of frames (RFC 6455 §5.2) and counts past their payload. Extensions and fragments make no difference: a
 * control frame may stand between any two frames (§5.4).
 */
export function createFrames(onFrame: OnFrame = () => {}): Frames {
  const header = new Uint8Array(14);
  const view = new DataView(header.buffer);
  let have = 0;
  let need = SHORTEST_HEADER;
  let payloadLeft = 0;
  let isClosed = false;

  const begin = (): void => {
    const opcode = (header[0] ?? 0) & 0x0f;
    if (opcode === CLOSE) isClosed = true;
    payloadLeft = payloadOf(view);
    onFrame(opcode, payloadLeft);
    have = 0;
    need = SHORTEST_HEADER;
  };
  return {
    follow(chunk) {
      let at = 0;
      while (at < chunk.length) {
        if (payloadLeft > 0) {
          const step = Math.min(payloadLeft, chunk.length - at);
          payloadLeft -= step;
          at += step;
          continue;
        }
        const second = chunk[at + 1];
        if (have === 0 && second !== undefined && second < 126) {
          // Most frames of most dashboards: short, whole, unmasked.
          const opcode = (chunk[at] ?? 0) & 0x0f;
          if (opcode === CLOSE) isClosed = true;
          payloadLeft = second;
          onFrame(opcode, second);
          at += SHORTEST_HEADER;
          continue;
        }
        header[have] = chunk[at] ?? 0;
        have++;
        at++;
        if (have === SHORTEST_HEADER) need = lengthOfHeader(header[1] ?? 0);
        if (have === need) begin();
      }
    },
    get isBetween() {
      return payloadLeft === 0 && have === 0 && !isClosed;
    },
  };
}

function lengthOfHeader(second: number): number {
  const length = second & 0x7f;
  return SHORTEST_HEADER + (length === 127 ? 8 : length === 126 ? 2 : 0) + (second & MASKED ? 4 : 0);
}

/** In bytes. A length that no number holds is more than any connection carries: Infinity does as well. */
function payloadOf(view: DataView): number {
  const length = view.getUint8(1) & 0x7f;
  if (length < 126) return length;
  return length === 126 ? view.getUint16(2) : view.getUint32(2) * 2 ** 32 + view.getUint32(6);
}

/**
 * A closing frame as a server sends it, unmasked (RFC 6455 §5.5.1).
 * @param reason - at most 123 bytes
 */
export function closeFrame(code: number, reason: string): Buffer {
  const text = Buffer.from(reason);
  const frame = Buffer.alloc(4 + text.length);
  frame[0] = 0x80 | CLOSE;
  frame[1] = 2 + text.length;
  frame.writeUInt16BE(code, 2);
  text.copy(frame, 4);
  return frame;
}
