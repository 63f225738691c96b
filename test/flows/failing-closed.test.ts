import { once } from 'node:events';
import { chmod, rename, rm, writeFile } from 'node:fs/promises';
import { createServer as createNetServer, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { basicOf, cookieOf, type Gate, startGate } from '../support/gate.ts';

const NAVIGATION = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
const logout = (gate: Gate, cookie: string) =>
  gate.ask('/_dashgate/logout', {
    method: 'POST',
    headers: { cookie, 'Content-Type': 'application/json' },
    body: '{}',
  });
const readyz = async (gate: Gate) => (await fetch(`http://127.0.0.1:${gate.admin}/readyz`)).status;

describe('the session store', () => {
  it('that was replaced: a logout is answered 503 and counts all the same; not ready', async () => {
    await using gate = await startGate();
    const cookie = await gate.signIn('mica');
    await writeFile(gate.dir.file('other.db'), '');
    await rename(gate.dir.file('other.db'), gate.dir.file('state/dashgate.db'));
    const answer = await logout(gate, cookie);
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'ERR_STORE_UNAVAILABLE' });
    expect(answer.body).not.toContain('dashgate.db');
    expect((await gate.ask('/', { headers: { cookie } })).status).toBe(401);
    expect(await readyz(gate)).toBe(503);
  });

  it('that is gone: a login that would have to end a session is refused, and says so to the person', async () => {
    await using gate = await startGate();
    const cookie = await gate.signIn('mica');
    await rm(gate.dir.file('state/dashgate.db'));
    const answer = await gate.ask('/_dashgate/login', {
      method: 'POST',
      headers: {
        cookie,
        origin: gate.origin,
        'Content-Type': 'application/x-www-form-urlencoded',
        ...NAVIGATION,
        accept: 'text/html',
      },
      body: 'user=mike&password=mike-Qp4',
    });
    expect(answer.status).toBe(503);
    expect(cookieOf(answer)).toBe('');
    expect(await readyz(gate)).toBe(503);
  });

  it('that cannot be opened at the start: nothing starts', async () => {
    const prepare = async (dir: { write(name: string, text: string): Promise<string> }): Promise<void> => {
      await dir.write('state/dashgate.db', 'this is no database, but some other file'.repeat(100));
    };
    await expect(startGate({ prepare })).rejects.toThrow(/dashgate\.db: is damaged, or no database; move it away/);
  });
});

describe('the users file', () => {
  it('that is missing at the start: nothing starts', async () => {
    const directories = [{ file: 'nobody.yaml' }];
    await expect(startGate({ directories })).rejects.toThrow(/nobody\.yaml: there is no such file; create/);
  });

  it('that vanishes while running: the users of the last good version stay, and nobody else', async () => {
    await using gate = await startGate();
    await rm(gate.dir.file('users.yaml'));
    expect((await gate.ask('/', { headers: { authorization: basicOf('mike') } })).status).toBe(200);
    expect((await gate.ask('/hr', { headers: { authorization: basicOf('mike') } })).status).toBe(403);
    await expect(gate.restart()).rejects.toThrow(/users\.yaml: there is no such file/);
  });
});

describe('the key', () => {
  it('that is named and missing is made anew, so that old cookies are worth nothing', async () => {
    await using gate = await startGate();
    const cookie = await gate.signIn('mica');
    await rm(gate.dir.file('state/session.keys'));
    await gate.restart();
    expect((await gate.ask('/', { headers: { cookie } })).status).toBe(401);
  });

  it('in a folder that is not there: nothing starts', async () => {
    const session = { secret_file: 'no/session.keys' };
    await expect(startGate({ session })).rejects.toThrow(/session\.keys: cannot be created; make its folder first/);
  });

  it('that is a folder, empty or garbage: nothing starts', async () => {
    const session = { secret_file: 'session.keys' };
    for (const text of ['', '# nothing\n', 'a'.repeat(43)]) {
      const prepare = async (dir: {
        path: string;
        write(name: string, text: string): Promise<string>;
      }): Promise<void> => {
        await dir.write('session.keys', text);
        await chmod(`${dir.path}/session.keys`, 0o600);
      };
      await expect(startGate({ session, prepare })).rejects.toThrow(
        /session\.keys(?::1)?: (?:has no key|is not a key)/,
      );
    }
    const prepare = async (dir: { write(name: string, text: string): Promise<string> }): Promise<void> => {
      await dir.write('session.keys/x', '');
    };
    await expect(startGate({ session, prepare })).rejects.toThrow(/session\.keys: /);
  });
});

describe('the dashboard', () => {
  /** A program that takes connections and does this with them. */
  const behind = async (task: (socket: Socket) => void): Promise<{ url: string } & Disposable> => {
    const server = createNetServer((socket) => task(socket.on('error', () => {}))).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
    return { url, [Symbol.dispose]: () => void server.close() };
  };
  const app = (upstream: string) => [{ name: 'app', at: '/', upstream, timeout: '300ms' }];
  const PLANTED = '/planted-path?planted=query';

  it.each<[string, (socket: Socket) => void, number, string]>([
    ['takes no connection', (socket) => socket.resetAndDestroy(), 502, 'ERR_UPSTREAM_UNREACHABLE'],
    ['hangs up', (socket) => socket.once('data', () => socket.end()), 502, 'ERR_UPSTREAM_UNREACHABLE'],
    ['speaks no HTTP', (socket) => socket.end('planted-nonsense\r\n\r\n'), 502, 'ERR_UPSTREAM_UNREACHABLE'],
    ['says nothing', () => {}, 504, 'ERR_UPSTREAM_TIMEOUT'],
  ])('that %s: a plain page or JSON, which echoes nothing', async (_what, task, status, code) => {
    using dashboard = await behind(task);
    await using gate = await startGate({ apps: app(dashboard.url) });
    const headers = { authorization: basicOf('mica') };
    const program = await gate.ask(PLANTED, { headers });
    expect([program.status, JSON.parse(program.body).code]).toEqual([status, code]);
    const person = await gate.ask(PLANTED, { headers: { ...headers, ...NAVIGATION } });
    expect([person.status, person.headers.get('content-type')]).toEqual([status, 'text/html; charset=utf-8']);
    expect(program.body + person.body).not.toMatch(/planted|127\.0\.0\.1/);
    expect(gate.logText()).not.toMatch(/planted/);
    const metrics = await (await fetch(`http://127.0.0.1:${gate.admin}/metrics`)).text();
    expect(metrics).toMatch(new RegExp(`dashgate_upstream_errors_total\\{app="app",code="${code}"\\} 2`));
  });

  it('that is not there at all: 502 for who may enter, and still 401 and 403 for who may not', async () => {
    await using gate = await startGate({ apps: [{ ...app('unix:/nowhere/app.sock')[0], resource: 'hr' }] });
    const status = async (headers: Record<string, string>) => (await gate.ask('/', { headers })).status;
    expect(await status({ authorization: basicOf('mica') })).toBe(502);
    expect(await status({ authorization: basicOf('mike') })).toBe(403);
    expect(await status({})).toBe(401);
  });
});
