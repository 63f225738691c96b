import type { Socket } from 'node:net';

const NEWLINE = 10;
const [ZERO, ONE, TWO] = [48, 49, 50];
/** No status line is longer. */
const MOST_HELD = 8 * 1024;

/**
 * Two things that undici's client does not take as they may come: a reason phrase in several parts, and `100 Continue` without
 * having asked for it, which any client has to take (RFC 9110 §15.2) and which is made a `102` here, that nobody minds.
 * @param callOf - the request that the connection carries now
 */
export function mendHeads(socket: Socket, callOf: () => { isAwaited: boolean } | null): void {
  const read = socket.read.bind(socket);
  let held: Buffer | null = null;
  socket.read = (size?: number): Buffer | null => {
    const chunk: Buffer | null = read(size);
    const call = callOf();
    if (chunk === null || !call?.isAwaited) return chunk;
    const all: Buffer = held ? Buffer.concat([held, chunk]) : chunk;
    held = null;
    if (!all.includes(NEWLINE) && all.length < MOST_HELD) {
      held = all;
      return null;
    }
    call.isAwaited = false;
    if (all.toString('latin1', 0, 5) === 'HTTP/' && all[9] === ONE && all[10] === ZERO && all[11] === ZERO)
      all[11] = TWO;
    return all;
  };
}
