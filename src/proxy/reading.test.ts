import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { listening } from '../../test/support/proxy-stage.ts';
import { createReading } from './reading.ts';

async function opened() {
  const reader = { borrows: 0, holds: false, isOver: false };
  const server = createServer();
  const port = await listening(server);
  const connected = once(server, 'connection') as Promise<[Socket]>;
  const socket = createReading()({ port, host: '127.0.0.1' }, () => reader);
  const parts: Buffer[] = [];
  socket.on('readable', () => {
    for (let part = socket.read(); part !== null; part = socket.read()) {
      reader.borrows = Math.max(0, reader.borrows - part.length);
      parts.push(part);
    }
  });
  const [upstream] = await connected;
  /** Sends so many bytes, and waits until they are here. @returns the parts */
  const say = async (byte: number, bytes: number): Promise<Buffer[]> => {
    parts.length = 0;
    upstream.write(Buffer.alloc(bytes, byte));
    while (parts.reduce((sum, part) => sum + part.length, 0) < bytes) await once(socket, 'readable');
    return [...parts];
  };
  return { reader, socket, say, upstream };
}

const isAll = (byte: number) => (part: Buffer) => part.every((each) => each === byte);

it('what is read stays as it was, however much is read after it', async () => {
  const { socket, say } = await opened();
  const first = await say(1, 100_000);
  const second = await say(2, 100_000);
  expect([first.every(isAll(1)), second.every(isAll(2))]).toEqual([true, true]);
  socket.destroy();
});

it('what is borrowed lies in memory that is read into again', async () => {
  const { reader, socket, say } = await opened();
  reader.borrows = 10_000_000;
  // The first small part; from then on there is room.
  await say(1, 1);
  const [lent] = await say(2, 1000);
  const [next] = await say(3, 1000);
  expect(lent?.buffer === next?.buffer && lent && isAll(3)(lent)).toBe(true);
  socket.destroy();
});

it('what was borrowed last and is still needed is never written over, by whatever comes next', async () => {
  const { reader, socket, say } = await opened();
  reader.borrows = 10_000_000;
  await say(1, 1);
  Object.assign(reader, { holds: true, isOver: true });
  const [lent] = await say(2, 1000);
  // Of the next answer, which is as large.
  Object.assign(reader, { holds: false, isOver: false, borrows: 10_000_000 });
  await say(3, 1);
  await say(4, 100_000);
  expect(lent && isAll(2)(lent)).toBe(true);
  socket.destroy();
});

it('what is given back is read again, and nothing more until then', async () => {
  const { socket, say, upstream } = await opened();
  await say(1, 10);
  socket.removeAllListeners('readable');
  let seen = 0;
  socket.once('readable', () => {
    seen++;
    const part = socket.read();
    socket.unshift(part?.subarray(5));
  });
  upstream.write(Buffer.alloc(10, 2));
  await once(socket, 'readable');
  await new Promise((resolve) => upstream.write(Buffer.alloc(10, 3), resolve));
  for (let i = 0; i < 10; i++) await turn();
  expect([seen, socket.read()?.toString('hex')]).toEqual([1, '0202020202']);
  const more = once(socket, 'readable');
  expect(socket.read()).toBe(null);
  await more;
  expect(socket.read()?.toString('hex')).toBe('03'.repeat(10));
  socket.destroy();
});

it('an end is heard of behind all that came before it', async () => {
  const { socket, say, upstream } = await opened();
  await say(1, 10);
  const ended = once(socket, 'end');
  upstream.end('last');
  await ended;
  expect(socket.readableEnded).toBe(true);
});
