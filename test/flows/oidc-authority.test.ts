import { readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { createServer } from 'node:tls';
import { expect, it } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { startGate } from '../support/gate.ts';
import { startLyingProvider } from '../support/lying-provider.ts';
import { needs } from '../support/needs.ts';
import { certificates, listening } from '../support/proxy-stage.ts';
import { createWalker } from '../support/walker.ts';

needs('openssl')('a provider whose certificate is of an authority of their own', () => {
  it('is taken where ca_file names that authority, as soon as it does, and otherwise is one that does not answer', async () => {
    await using closing = new AsyncDisposableStack();
    const [its, another] = [certificates('DNS:localhost'), certificates('DNS:localhost')];
    const liar = closing.use(await startLyingProvider());
    const inside = Number(new URL(liar.issuer).port);
    const tls = createServer({ cert: readFileSync(its.cert), key: readFileSync(its.key) }, (socket) => {
      const plain = connect(inside, '127.0.0.1');
      socket.on('error', () => plain.destroy()).pipe(plain);
      plain.on('error', () => socket.destroy()).pipe(socket);
    });
    const issuer = `https://localhost:${await listening(tls)}`;
    closing.defer(() => void tls.close());
    liar.lies = {
      metadata: (said) => JSON.parse(JSON.stringify(said).replaceAll(liar.issuer, issuer)),
      claims: (said) => ({ ...said, iss: issuer }),
      redirect: (said) => said.set('iss', issuer),
    };
    const port = await freePort();
    const gate = closing.use(
      await startGate({
        publicUrl: `http://127.0.0.1:${port}`,
        server: { listen: `127.0.0.1:${port}` },
        providers: [
          { id: 'corp', type: 'oidc', issuer, client_id: 'dashgate', ca_file: 'ca.pem' },
          { id: 'open', type: 'oidc', issuer, client_id: 'dashgate' },
        ],
        prepare: async (dir) => void (await dir.write('ca.pem', readFileSync(another.ca, 'utf8'))),
      }),
    );
    const arrive = async (id: string): Promise<unknown> => {
      const walker = createWalker();
      const start = `${gate.origin}/_dashgate/oauth/${id}/start?return_to=${gate.origin}/report`;
      const begun = await walker.go(start);
      const place = begun.headers.get('location');
      // Only what dashgate itself asks goes by TLS.
      const { status, url } = place === null ? begun : await walker.follow(place.replace(issuer, liar.issuer));
      return [status, url.pathname];
    };
    expect(await arrive('corp')).toEqual([503, '/_dashgate/oauth/corp/start']);
    writeFileSync(gate.dir.file('ca.pem'), readFileSync(its.ca));
    gate.advance(6000);
    expect(await arrive('corp')).toEqual([200, '/report']);
    expect(await arrive('open')).toEqual([503, '/_dashgate/oauth/open/start']);
    const refused = gate.reconfigure({
      providers: [{ id: 'x', type: 'oidc', issuer, client_id: 'd', ca_file: 'none.pem' }],
    });
    await expect(refused).rejects.toThrow('none.pem: there is no such file');
  });
});
