import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { get, type IncomingMessage, type ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { createKeyRingFile } from '../../src/session/key-ring.ts';
import { createSqliteStore } from '../../src/session/store-sqlite.ts';
import { browser } from '../support/browser.ts';
import { APPS, basicOf, type Gate, startGate, type User, userLine } from '../support/gate.ts';
import { needs } from '../support/needs.ts';
import { certificates } from '../support/proxy-stage.ts';

/** How something that was open ended, and when. */
interface End {
  readonly how: string;
  readonly atMs: number;
}

interface Open {
  readonly ended: Promise<End>;
  /** Whether something still comes through. */
  works(): Promise<boolean>;
}

const PAGE = `<!doctype html><title>waiting</title><script>
  const socket = new WebSocket(location.origin.replace('http', 'ws') + '/live');
  socket.onopen = () => { document.title = 'open'; };
  socket.onclose = ({ code, reason, wasClean }) => { document.title = [code, reason, wasClean].join(' '); };
</script>`;

/** Streams that the dashboard is still writing. */
let streams: Set<ServerResponse>;
const answer = (incoming: IncomingMessage, response: ServerResponse): void => {
  const type = incoming.url?.endsWith('/events') ? 'text/event-stream' : 'application/octet-stream';
  if (incoming.url === '/page') {
    response.writeHead(200, { 'Content-Type': 'text/html' }).end(PAGE);
    return;
  }
  response.writeHead(200, { 'Content-Type': type });
  response.write('data: first\n\n');
  streams.add(response);
  response.once('close', () => streams.delete(response));
};

let gate: Gate;
let opened: { terminate(): void }[];
const start = async (options: Parameters<typeof startGate>[0] = {}): Promise<void> => {
  gate = await startGate({ publicUrl: 'http://127.0.0.1:$PORT', answer, ...options });
};
beforeEach(() => {
  opened = [];
  streams = new Set();
});
afterEach(async () => {
  for (const one of opened) one.terminate();
  await gate[Symbol.asyncDispose]();
});

async function openSocket(path: string, headers: Record<string, string>): Promise<Open> {
  const socket = new WebSocket(gate.origin.replace('http', 'ws') + path, { headers, rejectUnauthorized: false });
  opened.push(socket);
  const ended = new Promise<End>((resolve) => {
    socket.once('close', (code, reason) => resolve({ how: `${code} ${reason}`, atMs: performance.now() }));
  });
  socket.on('error', () => {});
  await once(socket, 'open');
  return {
    ended,
    async works() {
      if (socket.readyState !== WebSocket.OPEN) return false;
      const heard = once(socket, 'message');
      socket.send('still there?');
      return String((await heard)[0]) === 'still there?';
    },
  };
}

async function openStream(path: string, headers: Record<string, string>): Promise<Open> {
  const asking = get(gate.origin + path, { headers, agent: false });
  opened.push({ terminate: () => asking.destroy() });
  asking.on('error', () => {});
  const [response] = (await once(asking, 'response')) as [IncomingMessage];
  const ended = new Promise<End>((resolve) => {
    const tell = (how: string) => (): void => resolve({ how, atMs: performance.now() });
    response.on('error', () => {}).once('end', tell('end'));
    response.once('close', tell('broken off'));
  });
  response.resume();
  await once(response, 'data');
  const [writing] = [...streams].slice(-1);
  return {
    ended,
    async works() {
      if (response.destroyed || !writing) return false;
      const heard = once(response, 'data');
      writing.write('data: still there\n\n');
      return String((await heard)[0]).includes('still there');
    },
  };
}

const signOut = (cookie: string) =>
  gate.ask('/_dashgate/logout', { method: 'POST', headers: { Cookie: cookie, 'Content-Type': 'application/json' } });

/** Resolves when the new version is in force. */
async function writeUsers(text: string): Promise<void> {
  const reloads = (): number => gate.logText().split('users file reloaded').length;
  const before = reloads();
  await gate.dir.write('users.yaml', text);
  await expect.poll(reloads, { timeout: 10_000, interval: 10 }).toBeGreaterThan(before);
}

interface Way {
  readonly cookie: string;
}
const hrForMarketing = [
  { ...APPS[0], resources: [{ resource: 'marketing', paths: ['/hr', '/hr/**'] }] },
  ...APPS.slice(1),
];

/** What ends the access of hanna, who has `hr`, to what is below `/hr`. */
const EVENTS: readonly [string, (way: Way) => Promise<unknown>][] = [
  ['the logout', ({ cookie }) => signOut(cookie)],
  ['the end of its time', async () => gate.advance(3600_000)],
  [
    'a revocation that another process wrote',
    async () => {
      const clock = { nowMs: () => Date.now() };
      const store = createSqliteStore({ file: gate.dir.file('state/dashgate.db'), clock });
      store.revokeSubjects(['file:hanna'], Math.floor(Date.now() / 1000));
      store.close();
    },
  ],
  [
    'the removal of the user',
    async () => {
      const text = await readFile(gate.dir.file('users.yaml'), 'utf8');
      await writeUsers(text.replace(/^ {2}hanna:.*\n/m, ''));
    },
  ],
  [
    'another password',
    async () => {
      const text = await readFile(gate.dir.file('users.yaml'), 'utf8');
      await writeUsers(text.replace(/^ {2}hanna:.*\n/m, await userLine('hanna', 'another-Kd3', ['hr'])));
    },
  ],
  [
    'a grant that the users file takes away',
    async () => {
      const text = await readFile(gate.dir.file('users.yaml'), 'utf8');
      await writeUsers(text.replace('allowed_resources: [hr]', 'allowed_resources: [sales]'));
    },
  ],
  ['a rule that asks for something else', () => gate.reconfigure({ apps: hrForMarketing })],
];

describe.each(EVENTS)('%s', (_what, happens) => {
  it('ends websockets with 4401 and event streams, within a second, and nobody else’s', async () => {
    await start({ session: { lifetime: '1h' } });
    const cookie = await gate.signIn('hanna');
    const byCookie = { cookie };
    const byBasic = { authorization: basicOf('hanna'), cookie };
    const theirs = [
      await openSocket('/hr/live', byCookie),
      await openSocket('/hr/live', byBasic),
      await openStream('/hr/events', byCookie),
      await openStream('/hr/events', byBasic),
      await openStream('/hr/download', byCookie),
    ];
    const isOfTime = happens === EVENTS[1]?.[1];
    const others = isOfTime ? [] : [await openSocket('/live', { cookie: await gate.signIn('nora') })];
    for (const one of [...theirs, ...others]) expect(await one.works()).toBe(true);

    const beganMs = performance.now();
    await happens({ cookie });
    const happenedMs = performance.now();
    // The session that Basic began is another one than the cookie's, which the logout ends.
    const isOfOne = happens === EVENTS[0]?.[1];
    const ending = isOfOne ? theirs.filter((_one, index) => [0, 2, 4].includes(index)) : theirs;
    const ends = await Promise.all(ending.map(({ ended }) => ended));
    const how = ['4401 session ended', '4401 session ended', 'end', 'end', 'broken off'];
    expect(ends.map((end) => end.how)).toEqual(isOfOne ? [how[0], how[2], how[4]] : how);
    const lastMs = Math.max(...ends.map(({ atMs }) => atMs));
    expect(lastMs - happenedMs).toBeLessThan(1000);
    expect(lastMs).toBeGreaterThan(beganMs);
    for (const one of others) expect(await one.works()).toBe(true);
    expect(gate.logText()).toContain('"cut"');
  });
});

it('a session ends by its own time, without anybody asking', async () => {
  await start({ session: { lifetime: '2s' } });
  const beganMs = performance.now();
  const socket = await openSocket('/live', { cookie: await gate.signIn('mica') });
  const { how, atMs } = await socket.ended;
  expect(how).toBe('4401 session ended');
  expect(atMs - beganMs).toBeLessThan(3200);
});

it('a key that is taken from the ring ends what its cookies opened', async () => {
  await start();
  const socket = await openSocket('/live', { cookie: await gate.signIn('mica') });
  const other = gate.dir.file('other.keys');
  createKeyRingFile(other);
  await gate.dir.write('state/session.keys', await readFile(other, 'utf8'));
  expect((await socket.ended).how).toBe('4401 session ended');
});

describe('a new configuration', () => {
  it('leaves open what it would let through, also a stream that began under an older one', async () => {
    await start();
    const cookie = await gate.signIn('mica');
    const kept = [
      await openSocket('/live', { cookie }),
      await openSocket('/live', { authorization: basicOf('nora') }),
      await openStream('/events', { cookie }),
      await openSocket('/open/live', {}),
    ];
    for (const title of ['One', 'Two']) {
      await gate.reconfigure({ login: { title }, grants: { users: { nora: ['marketing'] } } });
      await new Promise((resolve) => setTimeout(resolve, 700));
      for (const one of kept) expect(await one.works()).toBe(true);
    }
    await signOut(cookie);
    expect((await kept[0]?.ended)?.how).toBe('4401 session ended');
    expect((await kept[2]?.ended)?.how).toBe('end');
    expect(await kept[1]?.works()).toBe(true);
  });

  it('ends what was public and is not any more', async () => {
    await start();
    const socket = await openSocket('/open/live', {});
    await gate.reconfigure({ apps: [{ ...APPS[0], public: [] }, ...APPS.slice(1)] });
    expect((await socket.ended).how).toBe('4401 session ended');
  });

  it('ends what came by a kind of credential that is no longer taken, and nothing else', async () => {
    await start();
    const cookie = await gate.signIn('mica');
    const [byCookie, byBasic] = [
      await openSocket('/live', { cookie }),
      await openSocket('/live', { authorization: basicOf('nora') }),
    ];
    await gate.reconfigure({ apps: [{ ...APPS[0], credentials: ['cookie'] }, ...APPS.slice(1)] });
    expect((await byBasic.ended).how).toBe('4401 session ended');
    expect(await byCookie.works()).toBe(true);
  });

  it('asks websockets to connect again where their app has moved, or is gone', async () => {
    await start();
    const cookie = await gate.signIn('mica');
    const sockets = [await openSocket('/live', { cookie }), await openSocket('/wiki/live', { cookie })];
    await gate.reconfigure({ apps: [{ ...APPS[0], upstream: `${gate.upstream.url}/elsewhere/` }] });
    for (const socket of sockets) expect((await socket.ended).how).toBe('1012 connect again');
  });

  it('asks them to connect again where the dashboard was told more than is so', async () => {
    await start({ grants: { users: { nora: ['marketing'] } } });
    const nora = { authorization: basicOf('nora' satisfies User) };
    const [socket, stream] = [await openSocket('/live', nora), await openStream('/events', nora)];
    await gate.reconfigure({ grants: {} });
    expect((await socket.ended).how).toBe('1012 connect again');
    expect((await stream.ended).how).toBe('end');
  });
});

it('a websocket over TLS is closed in the same words', async () => {
  const { cert, key } = certificates('DNS:localhost');
  await start({
    publicUrl: 'https://localhost:$PORT',
    server: { tls: { cert_file: cert, key_file: key } },
  });
  const cookie = await gate.signIn('mica');
  const socket = await openSocket('/live', { cookie });
  expect(await socket.works()).toBe(true);
  await signOut(cookie);
  expect((await socket.ended).how).toBe('4401 session ended');
});

it('who comes back after the cut is refused plainly, with 401', async () => {
  await start();
  const cookie = await gate.signIn('mica');
  const socket = await openSocket('/live', { cookie });
  await signOut(cookie);
  await socket.ended;
  const again = new WebSocket(`${gate.origin.replace('http', 'ws')}/live`, { headers: { cookie } });
  again.on('error', () => {});
  const [, response] = (await once(again, 'unexpected-response')) as [unknown, IncomingMessage];
  response.resume();
  expect(response.statusCode).toBe(401);
});

needs('chromium')('a page', () => {
  it('sees why its websocket was closed', async () => {
    await start();
    const cookie = await gate.signIn('mica');
    await using chrome = await browser();
    const page = await chrome.newPage();
    const [name = '', value = ''] = cookie.split('=', 2);
    await page.context().addCookies([{ name, value, url: gate.origin }]);
    await page.goto(`${gate.origin}/page`);
    await page.waitForFunction("document.title === 'open'");
    await signOut(cookie);
    await page.waitForFunction("document.title !== 'open'");
    expect(await page.title()).toBe('4401 session ended true');
  });
});
