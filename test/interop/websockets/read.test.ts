import { once } from 'node:events';
import { createServer } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { createByteBudget } from '../../../src/lib/byte-budget.ts';
import type { Interpreter } from '../../../src/proxy/interpreted.ts';
import { at, listening, stage } from '../../support/proxy-stage.ts';

// The other way through: a websocket whose every message is read before it goes on, as those of a Dash app with sections are. What is
// said here is passed on by an interpreter that minds nothing.

const MOST = 32 * 2 ** 20;
const passing = (): Interpreter & { failed: unknown[] } => {
  const failed: unknown[] = [];
  return {
    mostBytes: MOST,
    budget: createByteBudget(2 * MOST),
    wholeMs: 60_000,
    fromClient: async (text) => ({ toClient: [], toUpstream: [String(text)] }),
    fromUpstream: async (text) => ({ toClient: [String(text)], toUpstream: [] }),
    onUnusable: (error) => void failed.push(error),
    failed,
  };
};

async function pair() {
  const server = createServer();
  const sockets = new WebSocketServer({ server, maxPayload: MOST });
  const interpreter = passing();
  const { port } = await stage(at(await listening(server)), { interpreter });
  const joined = once(sockets, 'connection') as Promise<[WebSocket]>;
  const client = new WebSocket(`ws://127.0.0.1:${port}/ws`, { maxPayload: MOST });
  await once(client, 'open');
  const [app] = await joined;
  onTestFinished(() => {
    client.terminate();
    app.terminate();
  });
  for (const end of [client, app]) end.on('error', () => {});
  return { client, app, failed: interpreter.failed };
}

describe.each([
  ['client', 'app'],
  ['app', 'client'],
] as const)('where messages are read, from %s to %s', (from, to) => {
  it('pings and pongs arrive, payload and all', async () => {
    const ends = await pair();
    for (const payload of ['', 'x', 'p'.repeat(125)]) {
      const [ping, pong] = [once(ends[to], 'ping'), once(ends[from], 'pong')];
      ends[from].ping(payload);
      expect([String((await ping)[0]), String((await pong)[0])]).toEqual([payload, payload]);
    }
  });

  it.each<[number | undefined, string, number]>([
    [undefined, '', 1005],
    [1000, 'done', 1000],
    [1008, 'policy', 1008],
    [1011, '', 1011],
    [3000, 'registered', 3000],
    [4999, 'ours', 4999],
  ])(
    'the closing code %s arrives, and of the reason %j nothing: it could say anything',
    async (code, reason, heard) => {
      const ends = await pair();
      const there = once(ends[to], 'close');
      if (code === undefined) ends[from].close();
      else ends[from].close(code, reason);
      const [gotCode, gotReason] = await there;
      expect([gotCode, String(gotReason)]).toEqual([heard, '']);
    },
  );

  it('an end without a word is one at the other side too', async () => {
    const ends = await pair();
    const closed = once(ends[to], 'close');
    ends[from].terminate();
    expect((await closed)[0]).toBe(1006);
  });

  it('a message in a thousand fragments, its letters cut between them, pings between, is one message', async () => {
    const ends = await pair();
    const message = once(ends[to], 'message');
    let pings = 0;
    ends[to].on('ping', () => pings++);
    const text = 'naïve 漢字 🧭'.repeat(400);
    const bytes = Buffer.from(text);
    for (let start = 0; start < bytes.length; start += 7) {
      ends[from].send(bytes.subarray(start, start + 7), { binary: false, fin: start + 7 >= bytes.length });
      if (start % 700 === 0) ends[from].ping('between');
    }
    expect(String((await message)[0])).toBe(text);
    await expect.poll(() => pings).toBeGreaterThan(10);
  });

  it('16 MB arrive, and ten thousand small messages in their order', async () => {
    const ends = await pair();
    const large = 'large and '.repeat(1_600_000);
    const message = once(ends[to], 'message');
    ends[from].send(large);
    expect(String((await message)[0]) === large).toBe(true);
    const got: number[] = [];
    const { promise: all, resolve } = Promise.withResolvers<void>();
    ends[to].on('message', (each) => {
      got.push(Number(String(each)));
      if (got.length === 10_000) resolve();
    });
    for (let each = 0; each < 10_000; each++) ends[from].send(`${each}`);
    await all;
    expect(got).toEqual(Array.from({ length: 10_000 }, (_, each) => each));
  });

  it('who does not read makes the other stop', async () => {
    const ends = await pair();
    ends[to].pause();
    const part = 'x'.repeat(2 ** 20);
    for (let sent = 0; sent < 96; sent++) ends[from].send(part);
    let before = -1;
    // Until nothing moves any more.
    await expect
      .poll(
        () => {
          const was = before;
          before = ends[from].bufferedAmount;
          return was === before;
        },
        { interval: 200, timeout: 15_000 },
      )
      .toBe(true);
    expect(ends[from].bufferedAmount).toBeGreaterThan(64 * 2 ** 20);
    expect(ends.failed).toEqual([]);
  });

  it('what nobody reads here ends it, with a code', async () => {
    const ends = await pair();
    const [client, app] = [once(ends.client, 'close'), once(ends.app, 'close')];
    ends[from].send(Buffer.from('binary'), { binary: true });
    expect([1008, 1011]).toContain((await client)[0]);
    await app;
    expect(ends.failed).toHaveLength(1);
  });
});

it('no extension and no other protocol than the app’s is agreed on', async () => {
  const { client, app } = await pair();
  expect([client.extensions, app.extensions, client.protocol]).toEqual(['', '', '']);
});
