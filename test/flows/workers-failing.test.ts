import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PASSWORDS, userLine, usersFile } from '../support/gate.ts';
import { raw } from '../support/raw.ts';
import { type Lane, startWorkers, type Workers, withWorkers } from '../support/start-workers.ts';
import { type TempDir, tempDir } from '../support/temp-dir.ts';
import { startUpstream, type Upstream } from '../support/upstream.ts';
import { dashgate, freeServer } from './command.ts';

let dir: TempDir;
let upstream: Upstream;
let users: string;
beforeAll(async () => {
  upstream = await startUpstream();
  users = await usersFile();
});
afterAll(() => upstream?.[Symbol.asyncDispose]());
beforeEach(async () => {
  dir = await tempDir();
  await dir.write('users.yaml', users);
  return () => dir[Symbol.asyncDispose]();
});

const good = (url = upstream.url): string =>
  `directories: [{ file: users.yaml }]\napps: [{ name: app, at: /, upstream: "${url}" }]\n`;
const pairOf = ({ lanes: [one, two] }: Workers): readonly [Lane, Lane] => {
  if (!one || !two) throw new Error('two workers were asked for');
  return [one, two];
};
const isThere = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};
const pidOf = (workers: Workers, worker: number): number => {
  const pid = workers.pids().get(worker);
  if (pid === undefined) throw new Error(`no line names the process of worker ${worker}`);
  return pid;
};
const again = (workers: Workers, worker: number, gone: number): Promise<number> =>
  expect
    .poll(() => workers.pids().get(worker), { timeout: 30_000 })
    .not.toBe(gone)
    .then(() => pidOf(workers, worker));

describe('of two workers', { timeout: 90_000 }, () => {
  it('one that is killed is replaced by one that knows every end, and the other goes on', async () => {
    await using workers = await startWorkers(dir, good());
    const [one] = pairOf(workers);
    const [ended, open] = [await one.signIn('mica', PASSWORDS.mica), await one.signIn('mike', PASSWORDS.mike)];
    expect((await one.signOut(ended)).status).toBe(200);
    const pid = pidOf(workers, 2);
    process.kill(pid, 'SIGKILL');
    await workers.printed(/"message":"a worker has ended, another takes its place","worker":2,"how":"signal SIGKILL"/);
    expect(await one.status(open)).toBe(200);
    expect(await again(workers, 2, pid)).not.toBe(pid);
    const fresh = await workers.lane([one.worker]);
    expect([await fresh.status(ended), await fresh.status(open)]).toEqual([401, 200]);
  });

  it.each(['sqlite', 'memory'])(
    'both that are killed end, by a store in %s, who has another password since or is gone',
    async (store) => {
      await using workers = await startWorkers(dir, `session: { store: ${store} }\n${good()}`);
      const [one] = pairOf(workers);
      const cookies = [];
      for (const user of ['mica', 'mike', 'nora'] as const) cookies.push(await one.signIn(user, PASSWORDS[user]));
      const pids = [pidOf(workers, 1), pidOf(workers, 2)] as const;
      // Nobody is there to see it.
      for (const pid of pids) process.kill(pid, 'SIGSTOP');
      const changed = users
        .replace(/^ {2}mike:.*\n/m, await userLine('mike', 'another-Kd3'))
        .replace(/^ {2}nora:.*\n/m, '');
      await dir.write('users.yaml', changed);
      for (const pid of pids) process.kill(pid, 'SIGKILL');
      await again(workers, 1, pids[0]);
      const fresh = await workers.lane();
      expect(await Promise.all(cookies.map((cookie) => fresh.status(cookie)))).toEqual([200, 401, 401]);
    },
  );

  it('one that does not take in an end is ended before the logout is answered', async () => {
    await using workers = await startWorkers(dir, good());
    const [one] = pairOf(workers);
    const cookie = await one.signIn('mica', PASSWORDS.mica);
    const pid = pidOf(workers, 2);
    process.kill(pid, 'SIGSTOP');
    expect((await one.signOut(cookie)).status).toBe(200);
    expect(isThere(pid)).toBe(false);
    expect(workers.output()).toContain('"message":"a worker did not take something in, and is ended"');
    await again(workers, 2, pid);
    expect(await (await workers.lane([one.worker])).status(cookie)).toBe(401);
  });

  it('both end with the process that started them, and leave nothing in the way of the next start', async () => {
    const at = `unix:${dir.file('check.sock')}`;
    await using workers = await startWorkers(dir, good());
    const pids = [pidOf(workers, 1), pidOf(workers, 2)];
    workers.kill('SIGKILL');
    await expect.poll(() => pids.filter(isThere), { timeout: 10_000 }).toEqual([]);
    await expect(raw(Number(new URL(workers.origin).port), 'GET / HTTP/1.1\r\n\r\n')).rejects.toThrow('ECONNREFUSED');
    await using next = await startWorkers(dir, good(), 2, (text) => text.replace('127.0.0.1:0', at));
    next.kill('SIGKILL');
    await next.ended;
    await using last = await startWorkers(dir, good(), 2, (text) => text.replace('127.0.0.1:0', at));
    expect(last.lanes).toHaveLength(2);
  });

  it('both refuse while the process that has the ends says nothing, and go on when it does', async () => {
    await using workers = await startWorkers(dir, good());
    const [one, two] = pairOf(workers);
    const cookie = await one.signIn('mica', PASSWORDS.mica);
    workers.kill('SIGSTOP');
    for (const lane of [one, two]) await expect.poll(() => lane.status(cookie), { timeout: 10_000 }).toBe(503);
    workers.kill('SIGCONT');
    for (const lane of [one, two]) await expect.poll(() => lane.status(cookie), { timeout: 10_000 }).toBe(200);
  });

  it('one that dies again and again ends all of it, with a clear error', async () => {
    await using workers = await startWorkers(dir, good());
    let isOver = false;
    void workers.ended.then(() => {
      isOver = true;
    });
    let last = 0;
    while (!isOver) {
      const pid = pidOf(workers, 2);
      if (pid !== last) process.kill(pid, 'SIGKILL');
      last = pid;
      await expect.poll(() => isOver || workers.pids().get(2) !== last, { timeout: 30_000, interval: 10 }).toBe(true);
    }
    expect((await workers.ended).code).toBe(1);
    expect(workers.stderr()).toMatch(
      /^dashgate: worker 2 has ended 8 times within a minute; the last time: signal SIGKILL$/m,
    );
    expect([pidOf(workers, 1), pidOf(workers, 2)].filter(isThere)).toEqual([]);
  });
});

describe('a start with workers is refused, with one line that says where and what to do, once:', () => {
  const refused = async (config: string, said: RegExp, change = (text: string) => text): Promise<void> => {
    const { text } = await freeServer();
    await dir.write('dashgate.yaml', change(withWorkers(text, 3)) + config);
    const { code, stdout, stderr } = await dashgate(['serve'], { cwd: dir.path });
    expect(stderr).toMatch(said);
    expect(stderr.match(/^dashgate: /gm)).toHaveLength(1);
    expect(stdout).not.toContain('"listening"');
    expect(code).toBe(2);
  };
  it('a users file that is half-written', async () => {
    await writeFile(dir.file('users.yaml'), users.slice(0, -40));
    await refused(good(), /^dashgate: .*users\.yaml:\d+: /);
  });
  it('a port that another program has', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const { port } = taken.address() as { port: number };
    await refused(good(), /server\.check_listen: .*another program has it already/, (text) =>
      text.replace('127.0.0.1:0', `127.0.0.1:${port}`),
    );
    taken.close();
  });
});
