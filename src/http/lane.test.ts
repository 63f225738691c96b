import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { connect, type Socket } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Repeats } from './lane.ts';
import { listenOn } from './listen.ts';
import { createListener, type Listener } from './server.ts';

/** Answers by what was asked, and is asked no more of the same than twice: what is kept is kept for good. */
const echo: RequestListener = (request, response) => {
  let body = 0;
  request.on('data', (chunk: Buffer) => {
    body += chunk.length;
  });
  request.on('end', () => {
    if (request.url === '/refused') response.writeHead(403, { 'Content-Length': '0' }).end();
    else
      response.writeHead(200, { 'Content-Length': '0', 'X-Asked': `${request.method} ${request.url} ${body}` }).end();
  });
};

/** Everything that was allowed, for ever. */
function keepAll(): Repeats & { hits: number } {
  const kept = new Map<string, string>();
  return {
    hits: 0,
    again(head) {
      const answer = kept.get(head) ?? null;
      if (answer !== null) this.hits++;
      return answer;
    },
    keep(head, _peer, _incoming, response, answer) {
      if (response.statusCode === 200) kept.set(head, answer);
    },
  };
}

async function listenAt({ server }: Listener): Promise<number> {
  const at = await listenOn(server, { kind: 'tcp', host: '127.0.0.1', port: 0 }, 'x');
  return at.kind === 'tcp' ? at.port : 0;
}

async function start(request: RequestListener, repeats?: Repeats): Promise<number> {
  const listener = createListener({ request, ...(repeats && { repeats: () => repeats }) });
  onTestFinished(() => listener.drain(0));
  return listenAt(listener);
}

async function dial(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true }).on('error', () => {});
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  return socket;
}

interface Conversation {
  readonly pieces: readonly string[];
  /** Each is a request, and the next waits for its answer. */
  readonly isWhole: boolean;
  readonly last: string;
}

/** Sends pieces, and says no more. @returns all that came back, without its dates */
async function answersTo(port: number, { pieces, isWhole, last }: Conversation): Promise<string> {
  const socket = await dial(port);
  let text = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    text += chunk;
  });
  const closed = once(socket, 'close');
  for (const piece of pieces) {
    const answered = isWhole ? Promise.race([once(socket, 'data'), closed]) : new Promise(setImmediate);
    socket.write(piece, 'latin1');
    await answered;
  }
  socket.end(last, 'latin1');
  await closed;
  return text.replaceAll(/\r\nDate: [^\r]*/g, '');
}

const get = (path: string, more = '') => `GET ${path} HTTP/1.1\r\nHost: a\r\n${more}\r\n`;
const REQUESTS = [
  get('/a'),
  get('/b'),
  get('/refused'),
  get('/a', 'Connection: keep-alive\r\n'),
  `POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nGET /`,
  `POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: ${get('/b').length}\r\n\r\n${get('/b')}`,
  `POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nGET /\r\n0\r\n\r\n`,
  'HEAD /a HTTP/1.1\r\nHost: a\r\n\r\n',
  get('/u', 'Upgrade: websocket\r\nConnection: Upgrade\r\n'),
];
const LAST = [
  get('/a', 'Connection: close\r\n'),
  'GET /a HTTP/1.0\r\n\r\n',
  'GET /a b HTTP/1.1\r\n\r\n',
  'G',
  `${get('/a')}\r\n`,
];

const UNREADABLE = 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n';

const conversation = fc
  .record({
    requests: fc.array(fc.constantFrom(...REQUESTS), { minLength: 1, maxLength: 12 }),
    last: fc.constantFrom('', ...LAST),
    cuts: fc.array(fc.nat(400), { maxLength: 6 }),
    isWhole: fc.boolean(),
  })
  .map(({ requests, last, cuts, isWhole }) => {
    if (isWhole) return { pieces: requests, isWhole, last };
    const all = requests.join('');
    const places = [...new Set([0, ...cuts.map((cut) => cut % all.length), all.length])].sort((a, b) => a - b);
    return { pieces: places.slice(1).map((end, index) => all.slice(places[index], end)), isWhole, last };
  });

describe('a connection with a lane', () => {
  it('is answered as one without, whatever is said on it and wherever it is cut', async () => {
    const plain = await start(echo);
    const repeats = keepAll();
    const laned = await start(echo, repeats);
    await fc.assert(
      fc.asyncProperty(conversation, async (said) => {
        const [expected, first, second] = [
          await answersTo(plain, said),
          await answersTo(laned, said),
          await answersTo(laned, said),
        ];
        for (const answers of [first, second]) {
          // An unreadable end is answered at once, and what was asked before it on the same breath may go unanswered.
          const readable = answers.endsWith(UNREADABLE) ? answers.slice(0, -UNREADABLE.length) : `${answers}END`;
          if (expected.endsWith(UNREADABLE)) expect(expected.startsWith(readable)).toBe(true);
          else expect(answers).toBe(expected);
        }
      }),
      { numRuns: 150 },
    );
    expect(repeats.hits).toBeGreaterThan(50);
  });

  it('whose requests come one by one is answered by what was kept, also after one with a body', async () => {
    const repeats = keepAll();
    const port = await start(echo, repeats);
    const socket = await dial(port);
    for (const [request, hits] of [
      [get('/a'), 0],
      [get('/a'), 1],
      ['POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi', 1],
      [get('/a'), 2],
      [get('/refused'), 2],
      [get('/refused'), 2],
      [get('/a'), 3],
    ] as const) {
      socket.write(request);
      await once(socket, 'data');
      expect(repeats.hits).toBe(hits);
    }
  });

  it('gives what it was given while something is under way to node:http, and looks nothing up', async () => {
    const repeats = keepAll();
    let count = 0;
    const begun = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    const behind = Promise.withResolvers<void>();
    const port = await start(async (request, response) => {
      if (request.url === '/slow') {
        begun.resolve();
        await go.promise;
      } else if (count++ > 0) behind.resolve();
      response.writeHead(200, { 'Content-Length': '0', 'X-Asked': request.url }).end();
    }, repeats);
    const socket = await dial(port);
    socket.write(get('/a'));
    await once(socket, 'data');
    let text = '';
    socket.on('data', (chunk) => {
      text += String(chunk);
    });
    socket.write(get('/slow'));
    await begun.promise;
    socket.write(get('/a'));
    await behind.promise;
    go.resolve();
    await expect.poll(() => text.match(/X-Asked: \S+/g)).toEqual(['X-Asked: /slow', 'X-Asked: /a']);
    expect(repeats.hits).toBe(0);
  });

  it('on which next to nothing is asked twice is left to node:http, in the middle of things', async () => {
    const repeats = keepAll();
    const listener = createListener({ request: echo, repeats: () => repeats });
    const port = await listenAt(listener);
    const socket = await dial(port);
    const ask = async (path: string): Promise<string> => {
      socket.write(get(path));
      return String((await once(socket, 'data'))[0]);
    };
    for (let count = 0; count < 100; count++) expect(await ask(`/n${count}`)).toContain(`X-Asked: GET /n${count} 0`);
    expect(await ask('/n1')).toContain('X-Asked: GET /n1 0');
    expect(repeats.hits).toBe(0);
    const closed = once(socket.resume(), 'close');
    await listener.drain(5000);
    await closed;
  });

  it('keeps the limits of the listener, whoever answered last', async () => {
    const repeats = keepAll();
    const listener = createListener({ request: echo, repeats: () => repeats });
    listener.server.keepAliveTimeout = 50;
    listener.server.headersTimeout = 100;
    const port = await listenAt(listener);
    onTestFinished(() => listener.drain(0));
    const [silent, slow, kept] = [await dial(port), await dial(port), await dial(port)];
    slow.write(get('/a'));
    await once(slow, 'data');
    const ends = [silent, slow, kept].map((socket) => once(socket.resume(), 'close'));
    kept.write(get('/a'));
    await Promise.all(ends);
    expect(repeats.hits).toBe(1);
  });

  it('ends with the listener, also when nothing else than what was kept was asked on it', async () => {
    const repeats = keepAll();
    const listener = createListener({ request: echo, repeats: () => repeats });
    const port = await listenAt(listener);
    const first = await dial(port);
    first.write(get('/a'));
    await once(first, 'data');
    const second = await dial(port);
    const silent = await dial(port);
    await expect
      .poll(async () => {
        second.write(get('/a'));
        await once(second, 'data');
        return repeats.hits;
      })
      .toBeGreaterThan(0);
    const closed = [first, second, silent].map((socket) => once(socket.resume(), 'close'));
    await listener.drain(5000);
    await Promise.all(closed);
  });
});
