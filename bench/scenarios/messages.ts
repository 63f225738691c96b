import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { freePort } from '../../test/support/free-port.ts';
import type { Entry, Figures, Scenario } from '../scenario.ts';
import { startServer } from '../stage/server.ts';
import { cpuSeconds } from '../stage/usage.ts';
import { inFront, type Proxied } from './proxy.ts';

const SOCKETS = 20;
/** So many are under way on each socket. */
const AHEAD = 8;
const MESSAGE = 'x'.repeat(200);

async function open(url: string, headers: Readonly<Record<string, string>>): Promise<WebSocket> {
  const { Host: host, ...rest } = headers;
  const socket = new WebSocket(url.replace('http:', 'ws:'), {
    perMessageDeflate: false,
    headers: { ...rest, ...(host !== undefined && { Host: host }) },
  });
  await once(socket, 'open');
  return socket;
}

/** Each message is sent back by the dashboard, and then the next one goes out. */
async function exchange({ url, headers, pids }: Omit<Proxied, 'name'>, seconds: number): Promise<Figures> {
  const sockets = await Promise.all(Array.from({ length: SOCKETS }, () => open(url, headers)));
  let count = 0;
  let isOver = false;
  const before = cpuSeconds(pids);
  const beganMs = performance.now();
  for (const socket of sockets) {
    socket.on('message', () => {
      count++;
      if (!isOver) socket.send(MESSAGE);
    });
    for (let i = 0; i < AHEAD; i++) socket.send(MESSAGE);
  }
  await wait(seconds * 1000);
  isOver = true;
  const took = (performance.now() - beganMs) / 1000;
  const after = cpuSeconds(pids);
  const total = count;
  for (const socket of sockets) socket.terminate();
  if (total === 0) throw new Error(`no message came back from ${url}`);
  const cpu = before !== null && after !== null && pids.length > 0 ? ((after - before) * 100_000) / total : null;
  return { rate: total / took, ...(cpu !== null && { cpu }) };
}

/** Messages of 200 bytes, there and back. */
export const messages: Scenario = {
  name: 'messages',
  title: 'Proxy way: websocket messages',
  about: `${SOCKETS} sockets, each with ${AHEAD} messages of ${MESSAGE.length} bytes under way, which the dashboard sends back. The client of the bench is the slowest part of it: CPU tells more than the rate.`,
  limit: 'nobody between',
  by: 'cpu',
  async open(stage, closing) {
    const at = await freePort();
    const file = join(import.meta.dirname, '../stage/echo-server.mjs');
    const echo = await startServer({
      file: process.execPath,
      args: [file, `${at}`],
      log: stage.dir.file('echo.log'),
      at,
    });
    closing.use(echo);
    const upstream = `http://127.0.0.1:${at}`;
    const all = [
      { name: 'nobody between', url: upstream, headers: {}, pids: [] },
      ...(await inFront(stage, closing, upstream)),
    ];
    return all.map((each): Entry => ({ name: each.name, measure: (seconds) => exchange(each, seconds) }));
  },
};
