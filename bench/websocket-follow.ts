/**
 * What following the frames of websockets costs: `node bench/websocket-follow.ts [megabytes]`. Prints how many MB/s one thread
 * carries from one socket of this machine to another, alone and with the frames followed, by the size of the frames; and how
 * many it follows with nothing else to do.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { createFrames } from '../src/proxy/frames.ts';

const MB = 2 ** 20;
const megabytes = Number(process.argv[2] ?? 400);
const ROUNDS = 5;

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
async function carry(block: Buffer, isFollowed: boolean): Promise<number> {
  const [source, upstream] = await pair();
  const [client, sink] = await pair();
  const total = Math.ceil((megabytes * MB) / block.length) * block.length;
  const frames = createFrames();
  upstream.pipe(client);
  if (isFollowed) upstream.on('data', frames.follow);
  let got = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  sink.on('data', ({ length }) => {
    got += length;
    if (got === total) resolve();
  });
  const beganMs = performance.now();
  for (let sent = 0; sent < total; sent += block.length) if (!source.write(block)) await once(source, 'drain');
  await promise;
  const rate = (total / MB / (performance.now() - beganMs)) * 1000;
  if (isFollowed && !frames.isBetween) throw new Error('lost count');
  for (const socket of [source, upstream, client, sink]) socket.destroy();
  return rate;
}

function followAlone(block: Buffer): number {
  const frames = createFrames();
  const chunk = 64 * 1024;
  const rounds = Math.ceil((megabytes * MB) / block.length);
  const beganMs = performance.now();
  for (let round = 0; round < rounds; round++) {
    for (let at = 0; at < block.length; at += chunk) frames.follow(block.subarray(at, at + chunk));
  }
  return ((rounds * block.length) / MB / (performance.now() - beganMs)) * 1000;
}

const median = (rates: number[]): number => rates.sort((a, b) => a - b)[Math.floor(rates.length / 2)] ?? 0;
const shown = (rate: number): string => `${rate.toFixed(0)} MB/s`.padStart(12);

console.log(`${megabytes} MB, median of ${ROUNDS} rounds in turns`);
for (const payload of [20, 120, 1400, 16_384, MB]) {
  const block = framesOf(payload);
  await carry(block, true);
  const [without, withIt]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    without.push(await carry(block, false));
    withIt.push(await carry(block, true));
  }
  console.log(
    `frames of ${`${payload}`.padStart(7)} B: without ${shown(median(without))}, with ${shown(median(withIt))}; following alone ${shown(followAlone(block))}`,
  );
}
