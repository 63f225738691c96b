import { once } from 'node:events';
import { chmod } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { basic, basicOf, type Gate, type GateOptions, startGate, type User, userLine } from '../support/gate.ts';

// A service credential that may act for others is as much as all of them together: whoever can choose for whom it acts, or is
// served on a connection that acts for another, is that other.

const SERVICE = 'service-Kw8';

let gate: Gate;
let closing: AsyncDisposableStack;
beforeEach(() => {
  closing = new AsyncDisposableStack();
});
afterEach(() => closing.disposeAsync());

async function start(delegation: object, more: Partial<GateOptions> = {}, app: object = {}): Promise<Gate> {
  gate = closing.use(
    await startGate({
      async prepare(dir) {
        await dir.write('service.password', `${SERVICE}\n`);
        await chmod(dir.file('service.password'), 0o600);
      },
      apps: [
        {
          ...{ name: 'data', at: '/', upstream: '$UPSTREAM', identity: [], public: ['/open'], delegation },
          upstream_credentials: { user: 'svc', password_file: 'service.password' },
          ...app,
        },
        { name: 'wiki', at: '/wiki/', upstream: '$UPSTREAM' },
      ],
      ...more,
    }),
  );
  return gate;
}

const as = (user: User, more: Record<string, string> = {}) => ({ headers: { Authorization: basicOf(user), ...more } });
const service = (user: string): string => basic(user, SERVICE);

/** What the dashboard got under any spelling of a name. */
const valuesOf = (name: string): string[] => {
  const { rawHeaders } = gate.upstream.last();
  const bare = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]/g, '');
  return rawHeaders.filter((_value, i) => i % 2 === 1 && bare(rawHeaders[i - 1] ?? '') === bare(name));
};

describe('delegation by header', () => {
  it('names who is signed in, and nobody else, in whatever spelling a client tries', async () => {
    await start({ header: 'X-Do-As' });
    for (const spelling of ['X-Do-As', 'x-do-as', 'X_Do_As', 'X.Do-As', 'X-DO_AS']) {
      expect((await gate.ask('/', as('mike', { [spelling]: 'mica' }))).status).toBe(200);
      expect(valuesOf('X-Do-As')).toEqual(['mike']);
      expect(gate.upstream.last().headers.authorization).toBe(service('svc'));
    }
    await gate.ask('/', as('mike', { Connection: 'x-do-as, keep-alive' }));
    expect(valuesOf('X-Do-As')).toEqual(['mike']);
  });

  it('names nobody where nobody is signed in, and no client can', async () => {
    await start({ header: 'X-Do-As' });
    expect((await gate.ask('/open', { headers: { 'X-Do-As': 'mica' } })).status).toBe(200);
    expect(valuesOf('X-Do-As')).toEqual([]);
    expect((await gate.ask('/wiki/', as('mike', { X_Do_As: 'mica' }))).status).toBe(200);
    expect(valuesOf('X-Do-As')).toEqual([]);
  });

  it('is told to a front in the answer of the check', async () => {
    await start({ header: 'X-Do-As' });
    const said = await gate.verify('/', { app: 'data', ...as('mike', { 'X-Do-As': 'mica' }) });
    expect([said.status, said.headers.get('x-do-as')]).toEqual([200, 'mike']);
    const open = await gate.verify('/open', { app: 'data', headers: { 'X-Do-As': 'mica' } });
    expect([open.status, open.headers.get('x-do-as')]).toEqual([200, '']);
  });

  it('goes by the address where that is asked for, and does not go without one', async () => {
    await start({ header: 'X-Do-As', user: 'email' });
    await gate.ask('/', as('mike'));
    expect(valuesOf('X-Do-As')).toEqual(['mike@example.com']);
  });
});

describe('delegation by query', () => {
  it.each(['?doAs=mica', '?DOAS=mica', '?%64oAs=mica&a=1', '?a=1;doAs=mica', '?doAs[]=mica', '?do%2541s=mica'])(
    'drops %s of a client',
    async (query) => {
      await start({ query: 'doAs' });
      expect((await gate.ask(`/list${query}`, as('mike'))).status).toBe(200);
      const { url } = gate.upstream.last();
      expect(url).toMatch(/^\/list\?doAs=mike(?:&a=1)?$/);
      expect((await gate.ask(`/open${query}`)).status).toBe(200);
      expect(gate.upstream.last().url).not.toMatch(/mica/);
    },
  );

  it('is approved on no check listener, as no front could add it', async () => {
    await start({ query: 'doAs' });
    for (const path of ['/', '/open']) {
      const said = await gate.verify(path, { app: 'data', ...as('mike') });
      expect([said.status, said.headers.get('x-dashgate-status')]).toEqual([403, '500']);
      expect(JSON.stringify([...said.headers])).not.toContain(service('svc'));
    }
    expect(gate.logText()).toMatch(/delegation by query, which no front can add to/);
  });
});

describe('delegation by the user name of Basic', () => {
  it('carries who is signed in, both ways', async () => {
    await start({ basic_user: 'DelegationUID' });
    const expected = service('svc;DelegationUID=mike');
    await gate.ask('/', as('mike'));
    expect(gate.upstream.last().headers.authorization).toBe(expected);
    const said = await gate.verify('/', { app: 'data', ...as('mike') });
    expect(said.headers.get('x-dashgate-upstream-authorization')).toBe(expected);
    await gate.ask('/open');
    expect(gate.upstream.last().headers.authorization).toBe(service('svc'));
  });

  it('refuses who has a name that would say more than a name', async () => {
    const line = (await userLine('mike', 'odd-Zz1')).replace('  mike:', '  "mike]":');
    await start({ basic_user: '{service}[{user}]' }, { users: `users:\n${line}` });
    for (const said of [
      await gate.ask('/', { headers: { Authorization: basic('mike]', 'odd-Zz1') } }),
      await gate.verify('/', { app: 'data', headers: { Authorization: basic('mike]', 'odd-Zz1') } }),
    ])
      expect(said.status).toBe(403);
    expect(gate.upstream.seen).toEqual([]);
  });
});
/** A dashboard that knows connections again, and notes for whom each was used. */
function noting(): { readonly answer: RequestListener; readonly users: Map<Socket, Set<string>> } {
  const users = new Map<Socket, Set<string>>();
  return {
    users,
    answer(request, response) {
      const seen = users.get(request.socket) ?? new Set();
      users.set(request.socket, seen.add(String(request.headers['x-do-as'] ?? '(nobody)')));
      request.resume().once('end', () => response.end('ok'));
    },
  };
}

describe('connections to a service', () => {
  it('are never shared by users of one credential, one after the other or at once', async () => {
    const { answer, users } = noting();
    await start({ header: 'X-Do-As' }, { answer });
    const people: User[] = ['mica', 'mike', 'hanna', 'nora'];
    for (let round = 0; round < 5; round++) {
      for (const user of people) expect((await gate.ask('/', as(user))).status).toBe(200);
      await gate.ask('/open');
    }
    await Promise.all(
      Array.from({ length: 40 }, (_, i) =>
        gate.ask(`/${i}`, { method: 'POST', body: 'x', ...as(people[i % 4] ?? 'mica') }),
      ),
    );
    expect([...users.values()].map(({ size }) => size)).toEqual(Array.from(users, () => 1));
    // They are kept for their own user: 65 requests on fewer connections.
    expect(users.size).toBeLessThan(60);
    expect(new Set([...users.values()].flatMap((each) => [...each]))).toEqual(new Set([...people, '(nobody)']));
  });

  it('of an upgrade that was answered plainly serves nobody else', async () => {
    const { answer, users } = noting();
    const server = createServer(answer);
    closing.defer(() => void server.closeAllConnections());
    closing.defer(() => void server.close());
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    await start({ header: 'X-Do-As' }, {}, { upstream: `http://127.0.0.1:${port}` });
    const upgrade = { Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13' };
    for (const user of ['mica', 'mike', 'hanna', 'mica'] as const) {
      const asked = as(user, { ...upgrade, 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==' });
      expect((await gate.ask('/ws', asked)).body).toBe('ok');
      await gate.ask('/', as(user));
    }
    expect([...users.values()].map(({ size }) => size)).toEqual(Array.from(users, () => 1));
    expect(users.size).toBeGreaterThan(3);
  });

  it('are shared where nobody is acted for', async () => {
    const { answer, users } = noting();
    await start({ header: 'X-Do-As' }, { answer });
    for (const user of ['mica', 'mike', 'hanna'] as const)
      expect((await gate.ask('/wiki/', as(user))).status).toBe(200);
    expect(users.size).toBe(1);
  });
});

describe('an upstream that refuses to act for somebody', () => {
  const refusing: RequestListener = (request, response) => {
    const status = request.url?.startsWith('/401') ? 401 : 403;
    const asks = status === 401 ? { 'WWW-Authenticate': 'Basic realm="service"' } : {};
    response.writeHead(status, { 'Content-Type': 'application/json', ...asks });
    response.end('{"message":"svc is not authorized to delegate to mike"}');
  };
  const page = { Accept: 'text/html', 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'document' };

  it.each(['/403', '/401'])('is shown to people as what it is: %s', async (path) => {
    await start({ header: 'X-Do-As' }, { answer: refusing });
    const said = await gate.ask(path, as('mike', page));
    expect([said.status, said.headers.get('www-authenticate')]).toEqual([403, null]);
    expect(said.headers.get('content-type')).toMatch(/^text\/html/);
    expect(said.body).toMatch(/asked on behalf of .*mike.*, and refused/s);
    expect(said.body).not.toContain('svc');
    expect(await gate.logged(/"why":"delegation-refused"/)).toMatch(/"who":"file:mike"/);
  });

  it.each(['/403', '/401'])('is passed on to programs, without a question for a password: %s', async (path) => {
    await start({ header: 'X-Do-As' }, { answer: refusing });
    const said = await gate.ask(path, as('mike', { Accept: 'application/json' }));
    expect([said.status, said.headers.get('www-authenticate')]).toEqual([403, null]);
    expect(said.headers.get('x-dashgate-reason')).toBe('delegation-refused');
    expect(said.body).toContain('not authorized to delegate to mike');
    await gate.logged(/"why":"delegation-refused"/);
  });

  it('is nobody’s refusal where nobody was acted for', async () => {
    await start({ header: 'X-Do-As' }, { answer: refusing });
    const said = await gate.ask('/open', { headers: page });
    expect([said.status, said.headers.get('x-dashgate-reason')]).toEqual([403, null]);
    expect(said.body).toContain('not authorized');
  });
});

it('no log holds the service’s password', async () => {
  await start({ basic_user: 'DelegationUID' });
  await gate.ask('/', as('mike'));
  for (const secret of [SERVICE, service('svc').slice(6)]) expect(gate.logText()).not.toContain(secret);
});
