import { readFile, stat } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { decodeProtectedHeader } from 'jose';
import { describe, expect, it } from 'vitest';
import { loadKeyRing } from '../../src/session/key-ring.ts';
import { usersFile } from '../support/gate.ts';
import { tempDir } from '../support/temp-dir.ts';
import { dashgate, type Served, serve, startDashgate } from './command.ts';

const CONFIG =
  'directories: [{ file: users.yaml }]\napps: [{ name: sales, at: /, upstream: "http://127.0.0.1:1" }]\nsession: { lifetime: 2h }\n';

async function signIn({ origin }: Served): Promise<string> {
  const answer = await fetch(`${origin}/_dashgate/login`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ user: 'mica', password: 'mica-Gz7' }),
  });
  return (
    answer.headers
      .getSetCookie()
      .find((line) => line.startsWith('dashgate='))
      ?.split(';')[0] ?? ''
  );
}
const whoIs = async ({ origin }: Served, cookie: string): Promise<number> =>
  (await fetch(`${origin}/_dashgate/session`, { headers: { Cookie: cookie } })).status;
const kidOf = (cookie: string) => decodeProtectedHeader(cookie.slice(cookie.indexOf('=') + 1)).kid;

describe('dashgate secret --rotate beside a running dashgate', () => {
  it('seals with a new key from then on, and signs nobody out', async () => {
    await using dir = await tempDir();
    await dir.write('users.yaml', await usersFile());
    await using served = await serve(dir, CONFIG);
    const before = await signIn(served);
    for (let times = 1; times <= 2; times++) {
      const { code, stdout, stderr } = await dashgate(['secret', '--rotate'], { cwd: dir.path });
      expect([code, stderr]).toEqual([0, '']);
      expect(stdout).toMatch(/a new key seals from now on; .* for 2h each; 0 taken out/);
      const kids = new Set([kidOf(before)]);
      await expect.poll(async () => kids.size + Number(!kids.has(kidOf(await signIn(served))))).toBe(2);
      expect(await whoIs(served, before)).toBe(200);
    }
    expect((await stat(dir.file('state/session.keys'))).mode & 0o777).toBe(0o600);
    const ring = await readFile(dir.file('state/session.keys'), 'utf8');
    for (const key of ring.split('\n').filter((line) => /^[\w-]{43}$/.test(line))) {
      expect(served.output()).not.toContain(key);
    }
  });

  it('killed at any moment leaves a ring that is whole, and signs nobody out', async () => {
    await using dir = await tempDir();
    await dir.write('users.yaml', await usersFile());
    await using served = await serve(dir, CONFIG);
    const cookie = await signIn(served);
    const file = dir.file('state/session.keys');
    const [sealed] = loadKeyRing(file).keys;
    for (let at = 0; at < 8; at++) {
      await using rotating = await startDashgate(['secret', '--rotate'], { cwd: dir.path });
      // From before it has read anything to after it is done.
      await Promise.race([rotating.ended, setTimeout(100 + at * 60)]);
      rotating.kill('SIGKILL');
      await rotating.ended;
      expect(loadKeyRing(file).keys.some((key) => key.equals(sealed))).toBe(true);
      expect(await whoIs(served, cookie)).toBe(200);
    }
    expect((await dashgate(['secret', '--rotate'], { cwd: dir.path })).code).toBe(0);
    expect(await whoIs(served, cookie)).toBe(200);
    expect(served.output()).not.toContain('is refused');
  });

  it.each([
    [['--keep', '5'], 2, /--keep is not a duration/],
    [['--output', 'x'], 2, /--output: there is no such flag/],
    [['--config', 'missing.yaml'], 2, /missing\.yaml/],
    [[], 2, /session\.keys: there is no such file/],
  ])('%j is refused: %i', async (args, code, words) => {
    await using dir = await tempDir();
    await dir.write('dashgate.yaml', CONFIG);
    const found = await dashgate(['secret', '--rotate', ...args], { cwd: dir.path });
    expect(found.code).toBe(code);
    expect(found.stderr).toMatch(words);
  });
});
