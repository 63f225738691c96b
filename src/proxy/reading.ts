import { connect, type NetConnectOpts, type Socket } from 'node:net';

/** Enough for most heads and small answers. */
const SMALL = 8 * 1024;
/** A large answer in few reads. */
const LARGE = 256 * 1024;
/** So many connections read so much at once; the others as much as Node's own would. */
const MOST_LARGE = 64;
const COMMON = 64 * 1024;

/** Whoever takes in what is read. */
export interface Reader {
  /** So many bytes are to come that are only needed until the connection is read again. */
  readonly borrows: number;
  /** What was lent is still needed. */
  readonly holds: boolean;
  /** There is nothing more to come. */
  readonly isOver: boolean;
}

/**
 * Connections that read into memory of their own, in place of new memory for each read: half of what a small answer costs is
 * else the collection of that. What is handed on is a copy, but for the body of a large answer, whose reader lets go of one part
 * before it asks for the next.
 */
export function createReading(): (to: NetConnectOpts, reader: () => Reader | null) => Socket {
  let larges = 0;
  return (to, reader) => {
    const small = Buffer.allocUnsafeSlow(SMALL);
    let large: Buffer | null = null;
    let waiting: Buffer | null = null;
    let isStopped = false;

    const room = (): Buffer => {
      const borrows = reader()?.borrows ?? 0;
      if (borrows <= SMALL) return small;
      if (large) return large;
      if (borrows < COMMON || larges >= MOST_LARGE) return Buffer.allocUnsafe(COMMON);
      larges++;
      large = Buffer.allocUnsafeSlow(LARGE);
      return large;
    };
    const socket = connect({
      ...to,
      onread: {
        buffer: room,
        callback(bytes, into) {
          const by = reader();
          const isLent = into.length > SMALL && bytes <= (by?.borrows ?? 0);
          const read = Buffer.from(into.buffer, into.byteOffset, bytes);
          waiting = isLent ? read : Buffer.from(read);
          socket.emit('readable');
          if (waiting !== null) isStopped = true;
          // The next answer must not be read over the end of this one, which is somebody else's.
          if (isLent && by?.isOver && by.holds) forget();
          return !isStopped;
        },
      },
    });
    const forget = (): void => {
      if (large) larges--;
      large = null;
    };
    socket.once('close', forget);

    const readSocket = socket.read.bind(socket);
    socket.read = (size?: number): Buffer | null => {
      // The start of reading, and the end of it.
      if (size === 0) return readSocket(0);
      const chunk = waiting;
      waiting = null;
      if (chunk === null && isStopped) {
        isStopped = false;
        socket._read(SMALL);
      }
      return chunk;
    };
    // Whoever gives something back, if nothing, wants no more for now.
    socket.unshift = (rest: Buffer): void => {
      waiting = rest.length > 0 ? rest : null;
      isStopped = true;
    };
    return socket;
  };
}
