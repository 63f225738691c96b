import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { createFrames } from '../../src/proxy/frames.ts';
import type { Entry, Scenario } from '../scenario.ts';

const MB = 2 ** 20;

/** One MB of binary frames, as a server sends them. */
function framesOf(payload: number): Buffer {
  const width = payload > 65_535 ? 8 : payload > 125 ? 2 : 0;
  const one = Buffer.alloc(2 + width + payload, 'x');
  one[0] = 0x82;
  one[1] = width === 8 ? 127 : width === 2 ? 126 : payload;
  if (width === 8) one.writeBigUInt64BE(BigInt(payload), 2);
  if (width === 2) one.writeUInt16BE(payload, 2);
  return Buffer.concat(Array.from({ length: Math.max(1, Math.floor(MB / one.length)) }, () => one));
}

async function pair(): Promise<[Socket, Socket]> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const near = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [far] = (await once(server, 'connection')) as [Socket];
  server.close();
  return [near, far];
}

/** @returns MB/s */
async function carry(block: Buffer, isFollowed: boolean, seconds: number): Promise<number> {
  const [source, upstream] = await pair();
  const [client, sink] = await pair();
  const frames = createFrames();
  upstream.pipe(client);
  if (isFollowed) upstream.on('data', frames.follow);
  let sent = 0;
  let got = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  let isOver = false;
  sink.on('data', ({ length }) => {
    got += length;
    if (isOver && got === sent) resolve();
  });
  const beganMs = performance.now();
  while (performance.now() - beganMs < seconds * 1000) {
    sent += block.length;
    if (!source.write(block)) await once(source, 'drain');
  }
  isOver = true;
  if (got < sent) await promise;
  const took = (performance.now() - beganMs) / 1000;
  if (isFollowed && !frames.isBetween) throw new Error('lost count');
  for (const socket of [source, upstream, client, sink]) socket.destroy();
  return sent / 1e6 / took;
}

/** What following the frames of websockets costs, from one socket to another, in the process of the bench. */
export const frames: Scenario = {
  name: 'frames',
  title: 'Websockets: following frames',
  about:
    'One thread carries frames of a size from one socket to another, alone, and following where each begins and ends.',
  by: 'megabytes',
  async open() {
    return [20, 120, 1400, 16_384].flatMap((payload) => {
      const block = framesOf(payload);
      const entry = (how: string, isFollowed: boolean): Entry => ({
        name: `frames of ${payload.toLocaleString('en')} B, ${how}`,
        measure: async (seconds) => ({ megabytes: await carry(block, isFollowed, seconds) }),
      });
      return [entry('carried', false), entry('followed', true)];
    });
  },
};
