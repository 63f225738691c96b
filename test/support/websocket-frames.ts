import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A frame as it goes over the wire (RFC 6455 §5.2), also one that no library would send. */
export interface WireFrame {
  readonly opcode: number;
  readonly payload: Uint8Array;
  /** By default it is the last of its message. */
  readonly isLast?: boolean;
  /** Four bytes: as a client sends it. */
  readonly mask?: Uint8Array;
  /** The three bits that extensions use, as one number. */
  readonly reserved?: number;
  /** How the length is written; by default in the shortest way. */
  readonly lengthBytes?: 0 | 2 | 8;
}

export function frame({ opcode, payload, isLast = true, mask, reserved = 0, lengthBytes }: WireFrame): Buffer {
  const { length } = payload;
  const extended = lengthBytes ?? (length < 126 ? 0 : length < 65_536 ? 2 : 8);
  const head = Buffer.alloc(2 + extended);
  head[0] = (isLast ? 0x80 : 0) | (reserved << 4) | opcode;
  head[1] = (mask ? 0x80 : 0) | (extended === 0 ? length : extended === 2 ? 126 : 127);
  if (extended === 2) head.writeUInt16BE(length, 2);
  if (extended === 8) head.writeBigUInt64BE(BigInt(length), 2);
  const body = mask ? Buffer.from(payload.map((byte, at) => byte ^ (mask[at % 4] ?? 0))) : payload;
  return Buffer.concat([head, mask ?? Buffer.alloc(0), body]);
}

/** A connection that tells what it has heard, as bytes. */
export interface Wire extends AsyncDisposable {
  readonly socket: Socket;
  heard(): Buffer;
}

export function wireOf(socket: Socket): Wire {
  const parts: Buffer[] = [];
  socket.on('data', (chunk) => void parts.push(chunk)).on('error', () => {});
  return {
    socket,
    heard: () => Buffer.concat(parts),
    async [Symbol.asyncDispose]() {
      if (socket.destroyed) return;
      socket.destroy();
      await once(socket, 'close');
    },
  };
}

/** The handshake of a client, with whatever goes out in the same packet behind it. */
export async function shakeHands(port: number, headers: readonly string[], behind: Uint8Array = Buffer.alloc(0)) {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  const wire = wireOf(socket);
  const head = [
    ...['GET /ws HTTP/1.1', 'Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Version: 13'],
    ...['Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', ...headers, '', ''],
  ];
  socket.write(Buffer.concat([Buffer.from(head.join('\r\n')), behind]));
  return wire;
}

/** What followed the head of an answer. */
export const behindHead = (heard: Buffer): Buffer => {
  const end = heard.indexOf('\r\n\r\n');
  return end < 0 ? Buffer.alloc(0) : heard.subarray(end + 4);
};
