import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { basicOf, type Gate, startGate } from '../../support/gate.ts';
import { behindHead, frame, shakeHands, type Wire, wireOf } from '../../support/websocket-frames.ts';

// By the proxy way a websocket is a pipe: whatever frames there are, and wherever they are cut, what comes out is what went in.

let gate: Gate;
let upstream: Server;
const open: Socket[] = [];
let answerWith: (head: string) => string | Buffer;
let onWire: (wire: Wire) => void = () => {};

const accept = (head: string): string => {
  const [, key = ''] = /sec-websocket-key: (.*)\r\n/i.exec(head) ?? [];
  const said = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  return `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${said}\r\n\r\n`;
};

beforeAll(async () => {
  upstream = createServer({ allowHalfOpen: true }, (socket) => {
    open.push(socket);
    const wire = wireOf(socket);
    const onHead = (): void => {
      const heard = wire.heard();
      if (!heard.includes('\r\n\r\n')) return;
      socket.off('data', onHead);
      socket.write(answerWith(heard.toString('latin1')));
      onWire(wire);
    };
    socket.on('data', onHead);
  });
  upstream.listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  const address = upstream.address();
  const port = typeof address === 'object' ? address?.port : 0;
  gate = await startGate({ apps: [{ name: 'raw', at: '/', upstream: `http://127.0.0.1:${port}` }] });
});
afterAll(async () => {
  await gate[Symbol.asyncDispose]();
  for (const socket of open) socket.destroy();
  upstream.close();
});

/** Both ends of one websocket through dashgate. */
async function pair(behind?: Uint8Array, first: Uint8Array = Buffer.alloc(0)): Promise<{ client: Wire; server: Wire }> {
  const joined = Promise.withResolvers<Wire>();
  onWire = joined.resolve;
  answerWith = (head) => Buffer.concat([Buffer.from(accept(head)), first]);
  const headers = [`Host: ${gate.host}`, `Authorization: ${basicOf('nora')}`];
  const client = await shakeHands(gate.port, headers, behind);
  const server = await joined.promise;
  await expect.poll(() => client.heard().includes('\r\n\r\n')).toBe(true);
  return { client, server };
}

const bytes = (most: number) => fc.uint8Array({ maxLength: most });
const anyFrame = (isMasked: boolean) =>
  fc
    .record({
      opcode: fc.constantFrom(0, 1, 2, 8, 9, 10, 3, 11),
      payload: fc.oneof(bytes(200), bytes(70_000)),
      isLast: fc.boolean(),
      reserved: fc.constantFrom(0, 4, 7),
      mask: isMasked ? fc.uint8Array({ minLength: 4, maxLength: 4 }) : fc.constant(undefined),
      lengthBytes: fc.constantFrom(undefined, 8 as const),
    })
    .map(({ mask, lengthBytes, ...rest }) =>
      frame({ ...rest, ...(mask && { mask }), ...(lengthBytes && { lengthBytes }) }),
    );

/** Writes it in pieces, each its own packet as far as that can be. */
async function write(socket: Socket, all: Buffer, cuts: readonly number[]): Promise<void> {
  const places = [...new Set(cuts.map((cut) => cut % (all.length + 1)))].sort((one, other) => one - other);
  let from = 0;
  for (const to of [...places, all.length]) {
    if (to > from && !socket.write(all.subarray(from, to))) await once(socket, 'drain');
    if (to > from) await new Promise(setImmediate);
    from = to;
  }
}

it('any frames, cut anywhere, come out as they went in, both ways at once', async () => {
  const cuts = fc.array(fc.nat(), { maxLength: 12 });
  const frames = (isMasked: boolean) => fc.array(anyFrame(isMasked), { minLength: 1, maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(frames(true), frames(false), cuts, cuts, async (sent, said, sentCuts, saidCuts) => {
      const { client, server } = await pair();
      await using _client = client;
      await using _server = server;
      const [up, down] = [Buffer.concat(sent), Buffer.concat(said)];
      await Promise.all([write(client.socket, up, sentCuts), write(server.socket, down, saidCuts)]);
      await expect.poll(() => behindHead(server.heard()).length, { interval: 5, timeout: 10_000 }).toBe(up.length);
      await expect.poll(() => behindHead(client.heard()).length, { interval: 5, timeout: 10_000 }).toBe(down.length);
      expect(behindHead(server.heard()).equals(up)).toBe(true);
      expect(behindHead(client.heard()).equals(down)).toBe(true);
    }),
    { numRuns: 40 },
  );
});

it('what comes right behind the handshake, in the packet of either side, is not lost and not doubled', async () => {
  const mask = Buffer.from([1, 2, 3, 4]);
  const [up, down] = [
    frame({ opcode: 1, payload: Buffer.from('early'), mask }),
    frame({ opcode: 1, payload: Buffer.from('too') }),
  ];
  const { client, server } = await pair(up, down);
  await using _client = client;
  await using _server = server;
  await expect.poll(() => behindHead(server.heard())).toEqual(up);
  await expect.poll(() => behindHead(client.heard())).toEqual(down);
});

it.each([
  ['client', 'server'],
  ['server', 'client'],
] as const)(
  'what the %s still hears after it has ended its half is what the %s says, and then both are over',
  async (half, other) => {
    const ends = await pair();
    await using _client = ends.client;
    await using _server = ends.server;
    const last = frame({
      opcode: 8,
      payload: Buffer.from([3, 232]),
      ...(half === 'client' && { mask: Buffer.alloc(4) }),
    });
    const closed = [once(ends.client.socket, 'close'), once(ends.server.socket, 'close')];
    ends[half].socket.end(last);
    await expect.poll(() => behindHead(ends[other].heard())).toEqual(last);
    ends[other].socket.end();
    await Promise.all(closed);
  },
);

it.each([
  ['client', 'server'],
  ['server', 'client'],
] as const)('where the %s is cut off, the %s is over too', async (one, other) => {
  const ends = await pair();
  await using _client = ends.client;
  await using _server = ends.server;
  const closed = Promise.race([once(ends[other].socket, 'close'), once(ends[other].socket, 'end')]);
  ends[one].socket.resetAndDestroy();
  await closed;
  ends[other].socket.destroy();
});
