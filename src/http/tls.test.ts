import { once } from 'node:events';
import { copyFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { connect, type SecureVersion, type TLSSocket } from 'node:tls';
import { expect, it } from 'vitest';
import { certificates, listening } from '../../test/support/proxy-stage.ts';
import { ConfigInvalid } from '../errors.ts';
import { createTlsContext } from './tls.ts';

const ignore = (): void => {};

/** The names in the certificate that a server shows. */
async function shown(port: number, maxVersion: SecureVersion = 'TLSv1.3'): Promise<string | undefined> {
  const socket: TLSSocket = connect({
    port,
    host: '127.0.0.1',
    rejectUnauthorized: false,
    minVersion: 'TLSv1',
    maxVersion,
  });
  await once(socket, 'secureConnect');
  const names = socket.getPeerCertificate().subjectaltname;
  socket.destroy();
  return names;
}

it('shows the renewed certificate after a reload, to a server that listens already', async () => {
  const [first, second] = [certificates('DNS:first'), certificates('DNS:second')];
  const tls = createTlsContext({ certFile: first.cert, keyFile: first.key }, ignore);
  const server = createServer(tls.options);
  tls.attach(server);
  const port = await listening(server);
  expect(await shown(port)).toBe('DNS:first');
  copyFileSync(second.cert, first.cert);
  copyFileSync(second.key, first.key);
  tls.reload();
  expect(await shown(port)).toBe('DNS:second');
});

it.each<[string, (files: ReturnType<typeof certificates>, other: ReturnType<typeof certificates>) => void, RegExp]>([
  [
    'a certificate of another key',
    (files, other) => copyFileSync(other.cert, files.cert),
    /key\.pem: does not belong to/,
  ],
  [
    'a half-written certificate',
    ({ cert }) => writeFileSync(cert, '-----BEGIN CERTIFICATE-----\nMIIB'),
    /cert\.pem: holds no certificate/,
  ],
  ['an empty key', ({ key }) => writeFileSync(key, ''), /key\.pem: holds no private key/],
])('keeps the old pair when the new one is bad: %s', async (_what, spoil, message) => {
  const files = certificates('DNS:good');
  const tls = createTlsContext({ certFile: files.cert, keyFile: files.key }, ignore);
  const server = createServer(tls.options);
  tls.attach(server);
  const port = await listening(server);
  spoil(files, certificates('DNS:other'));
  expect(() => tls.reload()).toThrow(ConfigInvalid);
  expect(() => tls.reload()).toThrow(message);
  expect(await shown(port)).toBe('DNS:good');
});

it('does not start with a pair that cannot be used', () => {
  const { cert, key } = certificates('DNS:good');
  expect(() => createTlsContext({ certFile: `${cert}.gone`, keyFile: key }, ignore)).toThrow(
    /cannot be read \(ENOENT\)/,
  );
});

it('warns of a certificate that has ended or not begun, and uses it', () => {
  const { cert: certFile, key: keyFile } = certificates('DNS:good', 2);
  const warnings: string[] = [];
  const day = 86_400_000;
  for (const nowMs of [Date.now() + 3 * day, Date.now() - 3 * day, Date.now() + 1000]) {
    createTlsContext({ certFile, keyFile }, (message) => warnings.push(message), { nowMs: () => nowMs });
  }
  expect(warnings).toEqual([expect.stringMatching(/ended on/), expect.stringMatching(/begins on/)]);
});

it('speaks TLS 1.2 and newer only', async () => {
  const { cert: certFile, key: keyFile } = certificates('DNS:good');
  const server = createServer(createTlsContext({ certFile, keyFile }, ignore).options);
  const port = await listening(server);
  expect(await shown(port, 'TLSv1.2')).toBe('DNS:good');
  await expect(shown(port, 'TLSv1.1')).rejects.toThrow();
});
