import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PASSWORDS, usersFile } from '../support/gate.ts';
import { startProgram } from '../support/start-program.ts';
import { tempDir } from '../support/temp-dir.ts';
import { startUpstream } from '../support/upstream.ts';
import { freeServer, serve } from './command.ts';

const main = join(import.meta.dirname, '../../src/main.ts');

/** No file of the process grows beyond 256 KiB: writing on is refused, as on a full disk (POSIX, RLIMIT_FSIZE). */
const SMALL = 'trap "" XFSZ; ulimit -f 512; exec "$@"';

describe.skipIf(process.platform === 'win32')('a full disk under SQLite', () => {
  it('lets ends count here and says that they are not written; what was said to be, is; and it goes on once there is room', async () => {
    await using dir = await tempDir();
    await using upstream = await startUpstream();
    await dir.write('users.yaml', await usersFile());
    const server = await freeServer();
    const config = `directories: [{ file: users.yaml }]\nattempts: { limit: off }\napps: [{ name: sales, at: /, upstream: "${upstream.url}" }]\n`;
    await dir.write('dashgate.yaml', server.text + config);
    const origin = `http://127.0.0.1:${server.port}`;
    const json = { 'Content-Type': 'application/json', Origin: origin };
    const signIn = async (): Promise<string> => {
      const body = JSON.stringify({ user: 'mica', password: PASSWORDS.mica });
      const answer = await fetch(`${origin}/_dashgate/login`, { method: 'POST', headers: json, body });
      const [cookie] = answer.headers.getSetCookie().flatMap((line) => line.match(/^dashgate=[^;]+/) ?? []);
      if (cookie === undefined) throw new Error(`signing in was answered ${answer.status}`);
      return cookie;
    };
    const signOut = async (cookie: string): Promise<number> =>
      (
        await fetch(`${origin}/_dashgate/logout`, {
          method: 'POST',
          headers: { ...json, Cookie: cookie },
          redirect: 'manual',
        })
      ).status;
    const statusOf = async (cookie: string): Promise<number> =>
      (await fetch(`${origin}/`, { headers: { Cookie: cookie } })).status;
    const readyz = async (): Promise<number> => (await fetch(`http://127.0.0.1:${server.adminPort}/readyz`)).status;

    const node = [process.execPath, '--disable-warning=ExperimentalWarning', main, 'serve'];
    const full = await startProgram('/bin/sh', ['-c', SMALL, 'sh', ...node], {
      cwd: dir.path,
      ready: /"message":"listening"/,
    });
    const said: string[] = [];
    const unsaid: string[] = [];
    const staying = await signIn();
    try {
      for (let at = 0; at < 400 && unsaid.length < 3; at++) {
        const cookie = await signIn();
        ((await signOut(cookie)) === 200 ? said : unsaid).push(cookie);
      }
      expect(unsaid.length).toBe(3);
      for (const cookie of [...said.slice(-3), ...unsaid]) expect(await statusOf(cookie)).toBe(401);
      expect([await statusOf(staying), await readyz()]).toEqual([200, 503]);
    } finally {
      await full.stop();
    }
    await using roomy = await serve(dir, config, Promise.resolve(server));
    for (const cookie of said) expect(await statusOf(cookie)).toBe(401);
    expect([await statusOf(staying), await readyz(), await signOut(staying)]).toEqual([200, 200, 200]);
    expect(roomy.output()).not.toContain('damaged');
  }, 120_000);
});
