import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:tls';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { curl } from '../support/curl.ts';
import { freePort } from '../support/free-port.ts';
import { type Gate, startGate } from '../support/gate.ts';
import { needs } from '../support/needs.ts';
import { program } from '../support/programs.ts';
import type { TempDir } from '../support/temp-dir.ts';

/** A self-signed certificate for localhost, as files of these names. */
function issue(dir: TempDir, cert: string, key: string): void {
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const fresh = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  const args = ['req', '-x509', ...fresh, ...subject, '-keyout', dir.file(key), '-out', dir.file(cert)];
  execFileSync(program('openssl'), args, { stdio: 'pipe' });
}

needs('openssl', 'curl')('TLS of its own', () => {
  const closing = new AsyncDisposableStack();
  let gate: Gate;
  let plainPort: number;
  beforeAll(async () => {
    plainPort = await freePort();
    const tls = { cert_file: 'cert.pem', key_file: 'key.pem' };
    gate = closing.use(
      await startGate({
        publicUrl: 'https://localhost:$PORT',
        server: { tls, redirect_listen: `127.0.0.1:${plainPort}` },
        prepare: async (dir) => issue(dir, 'cert.pem', 'key.pem'),
      }),
    );
  });
  afterAll(() => closing.disposeAsync());

  const trusted = (): string[] => ['--cacert', gate.dir.file('cert.pem')];
  const serialOf = (): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connect({
        port: gate.port,
        host: '127.0.0.1',
        servername: 'localhost',
        rejectUnauthorized: false,
      });
      socket.once('secureConnect', () => {
        resolve(socket.getPeerCertificate().serialNumber);
        socket.destroy();
      });
      socket.once('error', reject);
    });

  it('answers by the certificate of its files, with a cookie that no http ever carries', async () => {
    const answer = await curl(...trusted(), '-u', 'mica:mica-Gz7', `${gate.origin}/`);
    expect(answer.status).toBe(200);
    expect(answer.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^__Host-dashgate=[^;]+; Path=\/; HttpOnly; SameSite=Lax; Secure$/),
    ]);
    expect(gate.upstream.last().headers).toMatchObject({ 'x-forwarded-proto': 'https', 'x-forwarded-host': gate.host });
  });

  it('speaks TLS 1.2 and 1.3, and nothing older', async () => {
    for (const version of ['1.2', '1.3']) {
      expect((await curl(...trusted(), '--tls-max', version, `${gate.origin}/_dashgate/login`)).status).toBe(200);
    }
    await expect(curl(...trusted(), '--tls-max', '1.1', `${gate.origin}/_dashgate/login`)).rejects.toThrow();
  });

  it('sends plain http on to https, to the page that was asked for', async () => {
    const { status, headers } = await curl(`http://127.0.0.1:${plainPort}/sales?x=1`);
    expect([status, headers.get('location')]).toEqual([308, `${gate.origin}/sales?x=1`]);
  });

  it('keeps the old certificate where the new pair does not fit, and takes one that was renewed', async () => {
    const first = await serialOf();
    issue(gate.dir, 'next.pem', 'next.key');
    await writeFile(gate.dir.file('cert.pem'), await readFile(gate.dir.file('next.pem')));
    const refused = await gate.logged(/TLS certificate: the new version is refused, the old one stays/);
    expect(refused).toMatch(/key\.pem: does not belong to the certificate/);
    expect(await serialOf()).toBe(first);
    await writeFile(gate.dir.file('key.pem'), await readFile(gate.dir.file('next.key')));
    await gate.logged(/TLS certificate reloaded/);
    expect(await serialOf()).not.toBe(first);
    expect((await curl(...trusted(), `${gate.origin}/_dashgate/login`)).status).toBe(200);
  });
});
