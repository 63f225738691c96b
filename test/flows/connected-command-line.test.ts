import { expect, it } from 'vitest';
import { stringify } from 'yaml';
import { main } from '../../src/cli/main.ts';
import { CLIENT, connectedApp, SECRET, SECRET_ID } from '../support/connected.ts';
import { type TempDir, tempDir } from '../support/temp-dir.ts';

async function run(dir: TempDir, connected: object, args: readonly string[]) {
  const settings = {
    server: { public_url: 'https://dash.example.com' },
    apps: [
      { name: 'sales', at: '/', upstream: 'http://127.0.0.1:1', resource: 'hr' },
      { name: 'wiki', at: '/wiki/', upstream: 'http://127.0.0.1:1' },
    ],
    grants: { users: { [`connected:${CLIENT}:alice`]: ['hr'] }, groups: { viewers: ['hr'] } },
    connected_apps: [connected],
  };
  await dir.write('dashgate.yaml', stringify(settings));
  const said = { out: '', err: '' };
  const io = {
    out: (text: string) => {
      said.out += text;
    },
    err: (text: string) => {
      said.err += text;
    },
    ...{ env: {}, cwd: dir.path, stdin: process.stdin, signal: AbortSignal.timeout(60_000) },
  };
  const code = await main(args, io);
  return { code, ...said };
}

it('check reads the secrets of connected apps, and says what is wrong without saying them', async () => {
  await using dir = await tempDir();
  const connected = connectedApp({ secrets: [{ id: SECRET_ID, value_file: 'portal.secret' }] });
  const check = () => run(dir, connected, ['check']);
  expect(await check()).toMatchObject({
    code: 2,
    err: expect.stringContaining('portal.secret: there is no such file'),
  });
  await dir.write('portal.secret', 'too-short', 0o600);
  const short = await check();
  expect(short).toMatchObject({ code: 2, err: expect.stringContaining('portal.secret: is shorter than 32 bytes') });
  expect(short.err).not.toContain('too-short');
  await dir.write('portal.secret', SECRET, 0o600);
  expect(await check()).toMatchObject({ code: 0, err: '' });
});

it('explain takes somebody for whom a connected app vouches through its apps, and no others', async () => {
  await using dir = await tempDir();
  const explain = async (user: string, path: string, more: readonly string[] = [], app: object = {}) => {
    const connected = connectedApp({ on_demand: { groups: ['viewers'] }, ...app });
    const args = ['explain', '--user', user, `https://dash.example.com${path}`, ...more];
    return (await run(dir, connected, args)).code;
  };
  const alice = `connected:${CLIENT}:alice`;
  const bob = `connected:${CLIENT}:bob`;
  expect([await explain(alice, '/'), await explain(alice, '/wiki/')]).toEqual([0, 1]);
  expect([await explain(bob, '/'), await explain(bob, '/', ['--groups', 'viewers,admins'])]).toEqual([1, 0]);
  expect(await explain(alice, '/', [], { enabled: false })).toBe(1);
});
