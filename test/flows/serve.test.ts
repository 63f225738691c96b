import { once } from 'node:events';
import { chmod, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { basicOf, userLine, usersFile } from '../support/gate.ts';
import { raw } from '../support/raw.ts';
import { type TempDir, tempDir } from '../support/temp-dir.ts';
import { startUpstream, type Upstream } from '../support/upstream.ts';
import { dashgate, freeServer, serve, startDashgate } from './command.ts';

let dir: TempDir;
let upstream: Upstream;
let users: string;
beforeAll(async () => {
  upstream = await startUpstream();
  users = await usersFile();
});
afterAll(() => upstream[Symbol.asyncDispose]());
beforeEach(async () => {
  dir = await tempDir();
  await dir.write('users.yaml', users);
  return () => dir[Symbol.asyncDispose]();
});

const apps = () => `apps: [{ name: app, at: /, upstream: "${upstream.url}" }]\n`;
const good = () => `directories: [{ file: users.yaml }]\n${apps()}`;
const statusOf = async (url: string, init: RequestInit = {}) =>
  (await fetch(url, { redirect: 'manual', ...init })).status;
const signIn = async (origin: string): Promise<string> => {
  const answer = await fetch(`${origin}/`, { headers: { authorization: basicOf('mica') } });
  return answer.headers.getSetCookie()[0]?.split(';', 1)[0] ?? '';
};

describe('a first start', () => {
  it('makes a key that only its user may read, and a restart logs nobody out', async () => {
    const server = freeServer();
    const first = await serve(dir, good(), server);
    const cookie = await signIn(first.origin);
    expect(cookie).toMatch(/^dashgate=./);
    expect((await stat(dir.file('state/session.keys'))).mode & 0o777).toBe(0o600);
    expect((await stat(dir.file('state'))).mode & 0o777).toBe(0o700);
    const key = await readFile(dir.file('state/session.keys'), 'utf8');
    expect((await first.stop()).code).toBe(0);
    await using second = await serve(dir, good(), server);
    expect(await readFile(dir.file('state/session.keys'), 'utf8')).toBe(key);
    expect(await statusOf(second.origin, { headers: { cookie } })).toBe(200);
    const [secret = ''] = /^[\w-]{43}$/m.exec(key) ?? [];
    expect(secret).not.toBe('');
    expect(second.output()).not.toContain(secret);
  });
});

describe('a start is refused, with one line that says where and what to do, exit code 2 and nothing listening:', () => {
  const refused = async (config: string, said: RegExp): Promise<void> => {
    const { text, port } = await freeServer();
    await dir.write('dashgate.yaml', text + config);
    const { code, stdout, stderr } = await dashgate(['serve'], { cwd: dir.path });
    expect(stderr).toMatch(said);
    expect(stderr.trimEnd().split('\n')[0]).toMatch(/^dashgate: /);
    expect(stderr).not.toMatch(/\n {4}at /);
    expect(stdout).not.toContain('"listening"');
    expect(code).toBe(2);
    await expect(raw(port, 'GET / HTTP/1.1\r\n\r\n')).rejects.toThrow('ECONNREFUSED');
  };

  it('no users, which names the command that makes some', async () => {
    await refused(apps(), /directories: nobody could sign in.*dashgate user add/);
  });
  it('a key of the configuration that there is none of', async () => {
    await refused(`${good()}sesion: {}\n`, /dashgate\.yaml:5: sesion: /);
  });
  it('a configuration that is half-written', async () => {
    await refused(`${good()}login: { title: "Da`, /dashgate\.yaml:\d+: .*half-written/);
  });
  it('no configuration at all', async () => {
    const { code, stderr } = await dashgate(['serve'], { cwd: dir.path });
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(
        /^dashgate: dashgate\.yaml: there is no such file in this folder; .*dashgate\.sample\.yaml/,
      ),
    ]);
  });
  it('a users file that is not there', async () => {
    await refused(
      good().replace('users.yaml', 'nobody.yaml'),
      /nobody\.yaml: there is no such file; create the password file by "dashgate user add -f \S+nobody\.yaml -u NAME" or correct its name\n$/,
    );
  });
  it('a users file that is half-written', async () => {
    await dir.write('users.yaml', users.slice(0, -40));
    await refused(good(), /users\.yaml:\d+: /);
  });
  it('a users file with a password in place of a hash, which the line does not repeat', async () => {
    await dir.write('users.yaml', 'users:\n  mica: { password: planted-password }\n');
    await refused(good(), /^(?!.*planted).*users\.yaml:2: password must be an argon2id hash/s);
  });
  it('a key file that is cut short, which the line does not repeat', async () => {
    await dir.write('session.keys', 'cGxhbnRlZA\n', 0o600);
    await refused(
      `${good()}session: { secret_file: session.keys }\n`,
      /^(?!.*cGxhbnRlZA).*session\.keys:1: is a key of 7 bytes/s,
    );
  });
  it('a key file that others may read', async () => {
    await dir.write('session.keys', `${Buffer.from('a key of thirty-two random bytes').toString('base64url')}\n`);
    await chmod(dir.file('session.keys'), 0o644);
    await refused(
      `${good()}session: { secret_file: session.keys }\n`,
      /session\.keys: others on this machine may read it/,
    );
  });
  it('a certificate that is none', async () => {
    await dir.write('cert.pem', 'x');
    await dir.write('key.pem', 'x');
    const { text } = await freeServer();
    const config = text.replace('server: {', 'server: { tls: { cert_file: cert.pem, key_file: key.pem },') + good();
    await dir.write('dashgate.yaml', config);
    const { code, stderr } = await dashgate([], { cwd: dir.path });
    expect([code, stderr]).toEqual([2, expect.stringMatching(/cert\.pem: holds no certificate in PEM/)]);
  });
  it('a port that another program has', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const port = (taken.address() as { port: number }).port;
    await dir.write(
      'dashgate.yaml',
      `server: { listen: "127.0.0.1:${port}", check_listen: "127.0.0.1:0" }\n${good()}admin: { listen: "127.0.0.1:0" }\n`,
    );
    const { code, stderr } = await dashgate(['serve'], { cwd: dir.path });
    taken.close();
    expect([code, stderr]).toEqual([2, expect.stringMatching(/server\.listen: .*another program has it already/)]);
  });
});

describe('SIGTERM', () => {
  it('lets a request under way end, takes no new one, and ends with exit code 0', async () => {
    const reached = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    const slow = createServer(async (_request, response) => {
      reached.resolve();
      await go.promise;
      response.end('whole');
    }).listen(0, '127.0.0.1');
    await once(slow, 'listening');
    const url = `http://127.0.0.1:${(slow.address() as { port: number }).port}`;
    await using program = await serve(dir, good().replace(upstream.url, url));
    // Opened in advance, as browsers do, and never asked on.
    const idle = connect(Number(new URL(program.origin).port), '127.0.0.1').on('error', () => {});
    await once(idle, 'connect');
    const underWay = fetch(program.origin, { headers: { authorization: basicOf('mica') } });
    await reached.promise;
    program.kill('SIGTERM');
    await program.printed(/"message":"ending/);
    // One that comes in the very moment is hung up on; from then on there is nobody.
    const knock = () => raw(Number(new URL(program.origin).port), 'GET / HTTP/1.1\r\n\r\n').catch(String);
    await expect.poll(knock, { timeout: 5000 }).toContain('ECONNREFUSED');
    const began = performance.now();
    go.resolve();
    expect(await (await underWay).text()).toBe('whole');
    expect((await program.ended).code).toBe(0);
    expect(performance.now() - began).toBeLessThan(4000);
    expect(program.output()).toContain('"message":"ended"');
    slow.close();
  });
});

describe('listeners on unix sockets', () => {
  it('are there for the group and nobody else, answer, and are gone at the end', async () => {
    const at = (name: string): string => `unix:${dir.file(name)}`;
    await dir.write(
      'dashgate.yaml',
      `server: { listen: "${at('public')}", check_listen: "${at('check')}", public_url: "http://localhost" }\nadmin: { listen: "${at('admin')}" }\n${good()}`,
    );
    await using program = await startDashgate(['serve'], { cwd: dir.path, ready: /"message":"listening"/ });
    for (const name of ['public', 'check', 'admin']) {
      expect((await stat(dir.file(name))).mode & 0o777, name).toBe(0o660);
    }
    const ask = (name: string, path: string, more = '') =>
      raw(dir.file(name), `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${more}\r\n`);
    expect((await ask('public', '/_dashgate/login'))?.status).toBe(200);
    expect((await ask('admin', '/readyz'))?.status).toBe(200);
    const said = `X-Original-URI: /\r\nX-Original-Method: GET\r\nX-Forwarded-Host: localhost\r\nX-Dashgate-App: app\r\n`;
    expect((await ask('check', '/_dashgate/auth/nginx', said))?.status).toBe(401);
    expect((await dashgate(['health'], { cwd: dir.path })).code).toBe(0);
    program.kill('SIGTERM');
    expect((await program.ended).code).toBe(0);
    await expect(stat(dir.file('public'))).rejects.toThrow('ENOENT');
  });

  it('take the place of those that a killed process left behind', async () => {
    const server = `server: { listen: "unix:${dir.file('public')}", check_listen: "127.0.0.1:0", public_url: "http://localhost" }\nadmin: { listen: "127.0.0.1:0" }\n`;
    await dir.write('dashgate.yaml', server + good());
    const options = { cwd: dir.path, ready: /"message":"listening"/ };
    const first = await startDashgate(['serve'], options);
    first.kill('SIGKILL');
    await first.ended;
    await using second = await startDashgate(['serve'], options);
    const answer = await raw(
      dir.file('public'),
      'GET /_dashgate/login HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
    );
    expect(answer?.status).toBe(200);
    expect((await second.stop()).code).toBe(0);
  });
});

describe('on this machine, by another name of it', () => {
  it('a person is sent on, path and query and all, and a program is told where to ask', async () => {
    await using program = await serve(dir, good());
    const { port } = new URL(program.origin);
    const ask = (more: string) =>
      raw(Number(port), `GET /x?y=1 HTTP/1.1\r\nHost: localhost:${port}\r\nConnection: close\r\n${more}\r\n`);
    expect((await ask('Accept: text/html\r\n'))?.headers.get('location')).toBe(`${program.origin}/x?y=1`);
    const told = await ask('');
    expect([told?.status, JSON.parse(told?.body ?? '').error]).toEqual([
      404,
      `There is nothing here by that host name. Ask ${program.origin} instead.`,
    ]);
  });
});

describe('while it runs', () => {
  it('a file that goes is told of once, and once when it is back; nobody is let in or out by that', async () => {
    await using program = await serve(dir, good());
    const cookie = await signIn(program.origin);
    for (const [name, what] of [
      ['users.yaml', 'users file'],
      ['state/session.keys', 'session keys'],
      ['dashgate.yaml', 'configuration'],
    ] as const) {
      await rename(dir.file(name), dir.file('away'));
      await program.printed(new RegExp(`"level":"warn","message":"${what}: is gone; .*${name}`));
      expect(await statusOf(program.origin, { headers: { cookie } })).toBe(200);
      await rename(dir.file('away'), dir.file(name));
      await program.printed(new RegExp(`"message":"${what}: is back"`));
    }
    expect(program.output().match(/is gone/g)).toHaveLength(3);
    expect(program.output()).not.toContain('refused');
  });

  it('a broken version of anything is refused and said, the old one stays; a good one takes over', async () => {
    await using program = await serve(dir, good());
    const cookie = await signIn(program.origin);
    const own = { headers: { cookie } };
    /** Writes a file and waits until that has been answered for, however often it has happened before. */
    const write = async (name: string, text: string, said: string): Promise<void> => {
      const count = (): number => program.output().split(said).length;
      const before = count();
      await writeFile(dir.file(name), text);
      const escaped = said.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
      await program.printed(new RegExp(`(?:${escaped}[\\s\\S]*){${before}}`), 5000);
    };
    const OLD = 'the new version is refused, the old one stays in force';

    const config = await readFile(dir.file('dashgate.yaml'), 'utf8');
    await write('dashgate.yaml', config.slice(0, -9), `configuration: ${OLD}`);
    expect(await statusOf(program.origin, own)).toBe(200);
    await write('dashgate.yaml', config.replace('name: app', 'name: app, resource: hr'), 'configuration reloaded');
    expect(await statusOf(program.origin, own)).toBe(200);
    expect(await statusOf(program.origin, { headers: { authorization: basicOf('mike') } })).toBe(403);
    await write('dashgate.yaml', config, 'configuration reloaded');
    expect(await statusOf(program.origin, { headers: { authorization: basicOf('mike') } })).toBe(200);

    await write('users.yaml', 'users:\n  mica: { password: planted-password }\n', `users file: ${OLD}`);
    expect(await statusOf(program.origin, own)).toBe(200);
    expect(program.output()).not.toContain('planted');
    await write('users.yaml', `${users}${await userLine('zoe', 'zoe-Kt5')}`, 'users file reloaded');
    const zoe = `Basic ${Buffer.from('zoe:zoe-Kt5').toString('base64')}`;
    expect(await statusOf(program.origin, { headers: { authorization: zoe } })).toBe(200);
    expect(await statusOf(program.origin, own)).toBe(200);

    const keys = await readFile(dir.file('state/session.keys'), 'utf8');
    await write('state/session.keys', 'half', `session keys: ${OLD}`);
    expect(await statusOf(program.origin, own)).toBe(200);
    const { stdout: newer } = await dashgate(['secret']);
    await write('state/session.keys', newer + keys, 'session keys reloaded');
    expect(await statusOf(program.origin, own)).toBe(200);
    await write('state/session.keys', newer, 'session keys reloaded');
    expect(await statusOf(program.origin, own)).toBe(401);

    await write('users.yaml', users.replace(/^ {2}mica:.*\n/m, ''), 'users file reloaded');
    expect(await statusOf(program.origin, { headers: { authorization: basicOf('mica') } })).toBe(401);
  }, 40_000);
});
