import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:tls';
import { expect, it } from 'vitest';
import { ConfigInvalid } from '../../src/errors.ts';
import { APPS, basicOf, type GateOptions, startGate } from '../support/gate.ts';
import { needs } from '../support/needs.ts';
import { program } from '../support/programs.ts';
import { raw } from '../support/raw.ts';
import type { TempDir } from '../support/temp-dir.ts';

// Traefik CVE-2026-54762, Caddy CVE-2026-27586: a secret or an authority failed to load, and the guard was gone.

const withUpstream = (tls: Record<string, unknown>) =>
  APPS.map((app) => ({ ...app, upstream: 'https://127.0.0.1:9', upstream_tls: tls }));
const put = (name: string, text: string | Uint8Array, mode?: number) => async (dir: TempDir) => {
  await dir.write(name, text, mode);
};

it.each<[string, GateOptions, RegExp]>([
  ['no users file', { directories: [{ file: 'none.yaml' }] }, /none\.yaml: there is no such file/],
  ['no directory at all', { directories: [] }, /directories: nobody could sign in/],
  ['an empty users file', { users: '' }, /users\.yaml:/],
  ['half a users file', { users: 'users:\n  mica: { password: "$argon2id$v=19$m=8,t=1' }, /users\.yaml:\d+:/],
  [
    'a users file with a plain password',
    { users: 'users:\n  mica: { password: "geheim-Yq8" }\n' },
    /users\.yaml:2: .*argon2id/,
  ],
  [
    'a users file with the demo’s password',
    { users: `users:\n  mica: { password: "${demo()}" }\n` },
    /users\.yaml:2: .*demo/,
  ],
  ['an empty key file', { prepare: put('state/session.keys', '', 0o600) }, /session\.keys: has no key/],
  ['a key that is too short', { prepare: put('state/session.keys', 'c2hvcnQ\n', 0o600) }, /session\.keys:1: .*bytes/],
  ['a key of zeros', { prepare: put('state/session.keys', `${'A'.repeat(43)}\n`, 0o600) }, /session\.keys:1:/],
  ['a key that is none', { prepare: put('state/session.keys', 'not a key!\n', 0o600) }, /session\.keys:1:/],
  ['a key file for everybody', { prepare: put('state/session.keys', `${'Ab3-'.repeat(10)}Ab3\n`, 0o644) }, /chmod 600/],
  ['a key file that is a folder', { prepare: put('state/session.keys/x', '') }, /session\.keys: is not a file/],
  [
    'a database that is none',
    { prepare: put('state/dashgate.db', 'not a database, but long enough to be read as one'.repeat(20), 0o600) },
    /dashgate\.db:/,
  ],
  ['a state folder that is a file', { prepare: put('state', '') }, /state: cannot be made a folder/],
  [
    'no certificate',
    { publicUrl: 'https://dash.example.com', server: { tls: { cert_file: 'no.pem', key_file: 'no.key' } } },
    /no\.pem: cannot be read/,
  ],
  [
    'a certificate that is none',
    {
      publicUrl: 'https://dash.example.com',
      server: { tls: { cert_file: 'a.pem', key_file: 'a.key' } },
      prepare: async (dir) => {
        await dir.write('a.pem', 'x');
        await dir.write('a.key', 'x');
      },
    },
    /a\.pem: holds no certificate/,
  ],
  ['no logo', { login: { logo_file: 'logo.svg' } }, /logo_file: cannot read/],
  ['a logo that is no picture', { login: { logo_file: 'users.yaml' } }, /logo_file: .*no picture/],
  ['no authorities', { apps: withUpstream({ ca_file: 'ca.pem' }) }, /ca\.pem: cannot be read/],
  ['authorities that are none', { apps: withUpstream({ ca_file: 'users.yaml' }) }, /users\.yaml: holds no certificate/],
  ['an unknown key', { session: { lifetme: '8h' } }, /lifetme/],
  ['a rule without a resource', { apps: [{ ...APPS[0], resources: [{ paths: ['/hr'] }] }] }, /resource/],
  ['a rule without a path', { apps: [{ ...APPS[0], resources: [{ resource: 'hr', paths: [] }] }] }, /paths/],
  [
    'a rule that no path can match',
    { apps: [{ ...APPS[0], resources: [{ resource: 'hr', paths: ['hr'] }] }] },
    /paths/,
  ],
])('%s: nothing is started', async (_what, options, message) => {
  const started = startGate(options);
  await expect(started).rejects.toThrow(message);
  await expect(started).rejects.toBeInstanceOf(ConfigInvalid);
  await expect(started).rejects.not.toThrow(/geheim-Yq8|c2hvcnQ/);
});

/** The hash of mica's password in the demo. */
function demo(): string {
  return '$argon2id$v=19$m=19456,t=2,p=1$1inM7ilfn1IOQQnNd85rEQ$a9S+pEdpGY0ks+znJW3yeMZsU9EnOoGZG/iD5HuDf6k';
}

it('a start that fails leaves no listener behind', async () => {
  await using other = await startGate();
  const taken = `127.0.0.1:${other.port}`;
  const path = other.dir.file('left.sock');
  const failing = startGate({ server: { listen: taken, check_listen: `unix:${path}` } });
  await expect(failing).rejects.toThrow('another program has it already');
  await expect(raw(path, 'GET / HTTP/1.1\r\n\r\n')).rejects.toThrow(/ENOENT|ECONNREFUSED/);
  expect((await other.ask('/hr')).status).toBe(401);
});

it.each([
  ['nothing', ''],
  ['garbage', 'garbage\n'],
  ['half a key', 'QUJD\n'],
])('a key file that becomes %s while running: the old one stays in force', async (_what, text) => {
  await using gate = await startGate();
  const headers = { Cookie: await gate.signIn('mica') };
  const good = await readFile(gate.dir.file('state/session.keys'), 'utf8');
  await gate.dir.write('state/session.keys', text, 0o600);
  const line = await gate.logged(/session keys: the new version is refused/);
  const [secret = ''] = /^[\w-]{43}$/m.exec(good) ?? [];
  expect(secret).not.toBe('');
  expect(line).not.toContain(secret);
  expect((await gate.ask('/hr', { headers })).status).toBe(200);
  expect((await gate.ask('/hr')).status).toBe(401);
  expect((await gate.ask('/hr', { headers: { Cookie: await gate.signIn('nora') } })).status).toBe(403);
});

it('a key that is taken out of the ring ends what it sealed', async () => {
  await using gate = await startGate();
  const headers = { Cookie: await gate.signIn('mica') };
  expect((await gate.ask('/x', { headers })).status).toBe(200);
  const { generateKey } = await import('../../src/session/key-ring.ts');
  await gate.dir.write('state/session.keys', `${generateKey()}\n`, 0o600);
  await gate.logged(/session keys reloaded/);
  expect((await gate.ask('/x', { headers })).status).toBe(401);
  expect((await gate.ask('/x', { headers: { Cookie: await gate.signIn('mica') } })).status).toBe(200);
});

needs('openssl')('a certificate', () => {
  const make = (dir: TempDir, name: string): void => {
    execFileSync(
      program('openssl'),
      [
        ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
        ...['-subj', `/CN=${name}`, '-keyout', dir.file(`${name}.key`), '-out', dir.file(`${name}.pem`)],
      ],
      { stdio: 'ignore' },
    );
  };
  const nameOf = (port: number): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => {
        resolve(String(socket.getPeerCertificate().subject.CN));
        socket.destroy();
      }).once('error', reject);
    });

  it('that becomes unusable while running: the old pair stays, and so does the guard', async () => {
    await using gate = await startGate({
      publicUrl: 'https://dash.example.com',
      server: { tls: { cert_file: 'first.pem', key_file: 'first.key' }, redirect_listen: '127.0.0.1:0' },
      prepare: async (dir) => {
        for (const name of ['first', 'second']) make(dir, name);
      },
    });
    expect(await nameOf(gate.port)).toBe('first');
    const second = await readFile(gate.dir.file('second.pem'));
    // The certificate of one pair with the key of the other.
    await gate.dir.write('first.pem', second);
    await gate.logged(/TLS certificate: the new version is refused/);
    expect(await nameOf(gate.port)).toBe('first');
    expect((await gate.ask('/hr')).status).toBe(401);
    expect((await gate.ask('/hr', { headers: { Authorization: basicOf('hanna') } })).status).toBe(200);
    await gate.dir.write('first.key', await readFile(gate.dir.file('second.key')), 0o600);
    await gate.logged(/TLS certificate reloaded/);
    expect(await nameOf(gate.port)).toBe('second');
  });

  it('plain http beside it serves no dashboard, only the way to https', async () => {
    await using gate = await startGate({
      publicUrl: 'https://dash.example.com',
      server: { tls: { cert_file: 'first.pem', key_file: 'first.key' }, redirect_listen: '127.0.0.1:0' },
      prepare: async (dir) => make(dir, 'first'),
    });
    const { redirect } = gate.dashgate.listening;
    const port = redirect?.kind === 'tcp' ? redirect.port : 0;
    for (const path of ['/hr?x=1', '/_dashgate/login', '/_dashgate/auth/nginx', '/robots.txt']) {
      const answer = await raw(port, `GET ${path} HTTP/1.1\r\nHost: evil.example\r\n\r\n`);
      expect(answer?.status).toBe(308);
      expect(answer?.headers.get('location')).toBe(`https://dash.example.com${path}`);
    }
    for (const path of ['//evil.example/', '/\\evil.example', 'http://evil.example/', '/x/../y', '/%0d%0aX: y', '*']) {
      const answer = await raw(port, `GET ${path} HTTP/1.1\r\nHost: dash.example.com\r\n\r\n`);
      expect(answer?.status, path).toBe(400);
      expect(answer?.headers.get('location')).toBeNull();
    }
    const answer = await raw(gate.port, 'GET /robots.txt HTTP/1.1\r\nHost: dash.example.com\r\n\r\n');
    expect(answer?.status ?? 400).toBe(400);
    // Over https the cookie cannot be set or read by another host or over plain http.
    const login = await gate.ask('/_dashgate/login', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ user: 'nora', password: 'nora-Xb9' }),
    });
    const cookie = login.headers.getSetCookie().find((line) => line.startsWith('__Host-dashgate='));
    expect(cookie).toMatch(/; Path=\/; HttpOnly; SameSite=Lax; Secure$/);
    expect(cookie).not.toMatch(/Domain/i);
    // JupyterHub CVE-2024-28233, CVE-2026-40864: a sibling domain can set the name without the prefix only.
    const token = cookie?.slice('__Host-dashgate='.length).split(';', 1)[0];
    expect((await gate.ask('/x', { headers: { Cookie: `dashgate=${token}` } })).status).toBe(401);
    expect((await gate.ask('/x', { headers: { Cookie: `__Host-dashgate=${token}` } })).status).toBe(200);
  });
});
