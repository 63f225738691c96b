import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { basicOf, type Gate, startGate } from '../support/gate.ts';
import { needs } from '../support/needs.ts';
import { selfSigned } from '../support/self-signed.ts';
import { startTabpy, type Tabpy } from '../support/start-tabpy.ts';

const SCRIPT = JSON.stringify({ data: { _arg1: [1, 2] }, script: 'return [x + 1 for x in _arg1]' });
/** Calls TabPy once more, with the headers that it was called with. */
const AGAIN = JSON.stringify({ data: {}, script: 'return tabpy.query("nothing")' });

needs('python', 'openssl')('TabPy in its OAuth mode, which takes the assertion for a token of its provider', () => {
  const closing = new AsyncDisposableStack();
  let gate: Gate;
  let tabpy: Tabpy;
  const configure = (algorithm: string) =>
    gate.reconfigure({
      apps: ['tabpy', 'another'].map((name, i) => ({
        ...{ name, at: ['/', '/another/'][i], upstream: `${tabpy.origin}/`, kind: 'tabpy', identity: ['assertion'] },
        assertion: { algorithm, sent_as: 'bearer' },
      })),
      server: { tls: { cert_file: '$DIR/localhost.pem', key_file: '$DIR/localhost.key' } },
    });
  beforeAll(async () => {
    gate = closing.use(
      await startGate({
        publicUrl: 'https://localhost:$PORT',
        server: { tls: { cert_file: '$DIR/localhost.pem', key_file: '$DIR/localhost.key' } },
        async prepare(dir) {
          selfSigned(dir, 'localhost', 'localhost');
        },
      }),
    );
    tabpy = closing.use(
      await startTabpy({
        env: { SSL_CERT_FILE: gate.dir.file('localhost.pem') },
        settings: [
          'TABPY_OAUTH_ENABLED = true',
          `TABPY_OAUTH_ISSUER = ${gate.origin}`,
          `TABPY_OAUTH_JWKS_URI = ${gate.origin}/_dashgate/jwks.json`,
          'TABPY_OAUTH_ALLOW_NONPUBLIC_JWKS = true',
          'TABPY_OAUTH_AUDIENCE = tabpy',
          'TABPY_OAUTH_LOG_USER = true',
          'TABPY_LOG_DETAILS = true',
        ],
      }),
    );
  }, 90_000);
  afterAll(() => closing.disposeAsync());

  const post = (path: string, body: string, headers: Record<string, string> = { Authorization: basicOf('mike') }) =>
    gate.ask(path, { method: 'POST', body, headers: { 'Content-Type': 'application/json', ...headers } });

  describe.each(['EdDSA', 'ES256'])('signed by %s', (algorithm) => {
    beforeAll(() => configure(algorithm));

    it('accepts it, of who came by a password and who came by a session, and knows who they are', async () => {
      const { status, body } = await post('/evaluate', SCRIPT);
      expect({ status, body }).toEqual({ status: 200, body: '[2, 3]' });
      const cookie = await gate.signIn('hanna');
      expect((await post('/evaluate', SCRIPT, { Cookie: cookie, Origin: gate.origin })).body).toBe('[2, 3]');
      for (const who of ['file:mike', 'file:hanna']) expect(tabpy.stderr() + tabpy.stdout()).toContain(who);
    });

    it('accepts it again where a script calls TabPy itself', async () => {
      expect((await post('/evaluate', AGAIN)).body).toContain('nothing');
      expect((await post('/evaluate', AGAIN)).body).not.toMatch(/Unauthorized|Invalid credentials/);
    });

    it('refuses what was said to another app, whatever the client says itself', async () => {
      const { status, headers } = await post('/another/evaluate', SCRIPT);
      expect([status, headers.get('www-authenticate')]).toEqual([401, expect.stringContaining('Bearer')]);
    });

    it('refuses who comes to it without, and dashgate whom it does not know', async () => {
      const direct = await fetch(`${tabpy.origin}/evaluate`, { method: 'POST', body: SCRIPT });
      expect([direct.status, direct.headers.get('www-authenticate')]).toEqual([401, expect.stringContaining('Bearer')]);
      for (const headers of [
        {},
        { Authorization: 'Bearer eyJ.eyJ.x' },
        { Authorization: basicOf('mike').slice(0, -4) },
      ]) {
        // TabPy itself would ask for a Bearer.
        const { status, headers: said } = await post('/evaluate', SCRIPT, headers);
        expect([status, said.get('www-authenticate')]).toEqual([401, expect.stringContaining('Basic')]);
      }
    });
  });
});
