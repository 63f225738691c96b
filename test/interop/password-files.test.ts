import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { describe, expect, it } from 'vitest';
import { main } from '../../src/cli/main.ts';
import { addUser, removeUser, updateUser } from '../../src/directories/edit-users.ts';
import { parseUsers } from '../../src/directories/users-yaml.ts';
import { basic, cookieOf, type Gate, startGate, userLine } from '../support/gate.ts';

const KINDS = [
  ['an htpasswd file', 'staff.htpasswd', 'htpasswd'],
  ['a TabPy file', 'tabpy.txt', 'tabpy'],
  ['a users file', 'users2.yaml', 'file'],
] as const;

const start = (file: string, changes: Partial<Parameters<typeof startGate>[0]> = {}): Promise<Gate> =>
  startGate({
    directories: [{ file }],
    grants: { users: { ada: ['hr'] } },
    prepare: async (dir) => {
      await addUser(dir.file(file), { user: 'Ada', password: 'ada-1' });
      await addUser(dir.file(file), { user: 'bob', password: 'bob-1' });
    },
    ...changes,
  });

/** Signs in at the login page. @returns the status, and the cookie */
async function signIn(gate: Gate, user: string, password: string): Promise<{ status: number; cookie: string }> {
  const answer = await gate.ask('/_dashgate/login', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ user, password }),
  });
  return { status: answer.status, cookie: cookieOf(answer) };
}

const withCookie = async (gate: Gate, cookie: string, path = '/'): Promise<number> =>
  (await gate.ask(path, { headers: { Cookie: cookie } })).status;

describe.each(KINDS)('dashgate in front, with the users of %s', (_kind, file, source) => {
  it('lets in by password and by Basic, with the grants of the configuration', async () => {
    await using gate = await start(file);
    const { status, cookie } = await signIn(gate, 'ADA', 'ada-1');
    expect(status).toBe(200);
    expect(await withCookie(gate, cookie, '/hr')).toBe(200);
    const verified = await gate.verify('/hr', { headers: { Authorization: basic('ada', 'ada-1') } });
    expect([verified.status, verified.headers.get('x-dashgate-user')]).toEqual([200, 'ada']);
    const bob = await signIn(gate, 'bob', 'bob-1');
    expect(await withCookie(gate, bob.cookie, '/hr')).toBe(403);
    expect((await signIn(gate, 'bob', 'ada-1')).status).toBe(401);
    const who = await gate.ask('/_dashgate/session', { headers: { Cookie: bob.cookie } });
    expect(JSON.parse(who.body)).toMatchObject({ sub: `${source}:bob` });
  });

  it('takes a change within a second, and signs out whom it concerns', async () => {
    await using gate = await start(file);
    const [ada, bob] = [await signIn(gate, 'ada', 'ada-1'), await signIn(gate, 'bob', 'bob-1')];
    const reloads = (): number => gate.logText().match(/users file reloaded/g)?.length ?? 0;
    await addUser(gate.dir.file(file), { user: 'cy', password: 'cy-1' });
    await expect.poll(reloads, { timeout: 5000 }).toBe(1);
    await updateUser(gate.dir.file(file), { user: 'ada', password: 'ada-2' });
    await expect.poll(reloads, { timeout: 1000, interval: 20 }).toBe(2);
    expect(await withCookie(gate, ada.cookie)).not.toBe(200);
    expect(await withCookie(gate, bob.cookie)).toBe(200);
    for (const [password, status] of [
      ['ada-1', 401],
      ['ada-2', 200],
    ] as const) {
      const answer = await gate.verify('/', { headers: { Authorization: basic('ada', password) } });
      expect(answer.status).toBe(status);
    }
    expect((await signIn(gate, 'cy', 'cy-1')).status).toBe(200);
  });

  it('signs out who was changed or removed while it was stopped, and nobody else', async () => {
    await using gate = await start(file);
    await addUser(gate.dir.file(file), { user: 'cy', password: 'cy-1' });
    await gate.logged(/users file reloaded/);
    const sessions = await Promise.all([
      signIn(gate, 'ada', 'ada-1'),
      signIn(gate, 'bob', 'bob-1'),
      signIn(gate, 'cy', 'cy-1'),
    ]);
    gate.advance(5000);
    await gate.dashgate.close();
    await updateUser(gate.dir.file(file), { user: 'ada', password: 'ada-2' });
    await removeUser(gate.dir.file(file), 'cy');
    await gate.restart();
    await gate.dashgate.close();
    await addUser(gate.dir.file(file), { user: 'cy', password: 'cy-1' });
    await gate.restart();
    expect(await Promise.all(sessions.map(({ cookie }) => withCookie(gate, cookie)))).toEqual([401, 200, 401]);
    expect((await signIn(gate, 'cy', 'cy-1')).status).toBe(200);
  });

  it('keeps its users while the file is broken, cut or gone', async () => {
    await using gate = await start(file);
    const { cookie } = await signIn(gate, 'ada', 'ada-1');
    const good = readFileSync(gate.dir.file(file), 'utf8');
    for (const [at, bad] of [good.slice(0, -20), `${good}??\n`, '', '# nobody\n'].entries()) {
      writeFileSync(gate.dir.file('next'), bad);
      renameSync(gate.dir.file('next'), gate.dir.file(file));
      const refused = () => gate.logText().match(/users file: the new version is refused/g)?.length;
      await expect.poll(refused, { timeout: 5000 }).toBe(at + 1);
      expect(await withCookie(gate, cookie)).toBe(200);
      expect((await signIn(gate, 'bob', 'bob-1')).status).toBe(200);
    }
    expect(gate.logText()).toMatch(new RegExp(`${file}:\\d+: `));
    expect(gate.logText()).not.toMatch(/\$2y|\$argon2|[0-9a-f]{128}/);
  });
});

describe('several files', () => {
  it('are all asked, and a name that two of them have is refused by check and by serve', async () => {
    const both = { directories: [{ file: 'users.yaml' }, { file: 'tabpy.txt', name: 'desk' }] };
    await using gate = await start('tabpy.txt', both);
    expect((await signIn(gate, 'bob', 'bob-1')).status).toBe(200);
    expect((await gate.signIn('mica')).length).toBeGreaterThan(0);

    await addUser(gate.dir.file('tabpy.txt'), { user: 'mica', password: 'desk-1' });
    await gate.logged(/tabpy\.txt:3: is a user whom .*users\.yaml:2 has too.*wins_over: \[desk\]/);
    expect((await signIn(gate, 'mica', 'desk-1')).status).toBe(401);
    await expect(gate.restart()).rejects.toThrow(/has too/);

    let err = '';
    const io = {
      ...{ out: () => {}, env: {}, cwd: gate.dir.path, stdin: process.stdin, signal: new AbortController().signal },
      err: (text: string) => {
        err += text;
      },
    };
    expect(await main(['check'], io)).toBe(2);
    expect(err).toMatch(/tabpy\.txt:3: is a user whom/);
    const config = readFileSync(gate.dir.file('dashgate.yaml'), 'utf8');
    writeFileSync(
      gate.dir.file('dashgate.yaml'),
      config.replace('users.yaml\n', 'users.yaml\n    wins_over: [ desk ]\n'),
    );
    expect(await main(['check'], io)).toBe(0);
  });

  it('with weak hashes are named at the start and by check', async () => {
    const weak = 'mica:{SHA}VBPuJHI7uixaa6LQGWx4s+5GKNE=\n';
    await using gate = await startGate({
      directories: [{ file: 'h' }],
      prepare: async (dir) => void (await dir.write('h', weak)),
    });
    expect(gate.logText()).toMatch(/1 of 1 hashes are cheap to guess \(sha1\)/);
    expect((await signIn(gate, 'mica', 'myPassword')).status).toBe(200);
  });

  it('are not one twice', async () => {
    const twice = startGate({ directories: [{ file: 'users.yaml' }, { file: '$DIR/users.yaml', name: 'x' }] });
    await expect(twice).rejects.toThrow(/directories\[1\]\.file: is the file of directories\[0\] too/);
    const label = startGate({ directories: [{ file: 'users.yaml', name: 'github' }] });
    await expect(label).rejects.toThrow(
      /directories\[0\]\.name: is a name that dashgate gives itself, or a provider has/,
    );
  });
});

describe('a users file with thousands', () => {
  it('is read aside, with the old users in force until the new ones are whole', async () => {
    await using gate = await startGate();
    const cookie = await gate.signIn('mica');
    const line = await userLine('zoe', 'zoe-1');
    const hash = /"(.*?)"/.exec(line)?.[1] ?? '';
    const old = readFileSync(gate.dir.file('users.yaml'), 'utf8');
    const many = Array.from({ length: 20_000 }, (_none, at) => `  user${at}: { password: "${hash}" }\n`).join('');
    writeFileSync(gate.dir.file('users.yaml'), old + many);
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    const reloaded = gate.logged(/users file reloaded/).then(() => 'reloaded');
    while ((await Promise.race([reloaded, withCookie(gate, cookie)])) !== 'reloaded') {
      expect(await withCookie(gate, cookie)).toBe(200);
    }
    delay.disable();
    expect((await signIn(gate, 'user19999', 'zoe-1')).status).toBe(200);
    const beganMs = performance.now();
    parseUsers(old + many, 'users.yaml', 'file');
    // Here it would have been in the way of everybody for as long as this.
    expect(delay.max / 1e6).toBeLessThan(performance.now() - beganMs);
  });
});
