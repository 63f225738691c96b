import { randomBytes } from 'node:crypto';
import { hash } from '@node-rs/bcrypt';
import { freePort } from '../../test/support/free-port.ts';
import { ask } from '../stage/ask.ts';
import { startServer } from '../stage/server.ts';
import type { PeerKind, PeerPlace } from './peer.ts';

const PASSWORD = 'mica-Gz7';

/** With a user of an htpasswd file, whose cookie is the smallest that it has: that is the fastest it can be. */
async function start(file: string, { dir, upstream, closing }: PeerPlace) {
  const port = await freePort();
  const htpasswd = await dir.write('oauth2-proxy.htpasswd', `mica:${await hash(PASSWORD, 4)}\n`);
  const server = closing.use(
    await startServer({
      file,
      args: [
        ...['--provider=github', '--client-id=bench', '--client-secret=bench', '--email-domain=*'],
        ...[`--http-address=127.0.0.1:${port}`, `--upstream=${upstream}`, `--htpasswd-file=${htpasswd}`],
        ...[
          `--cookie-secret=${randomBytes(32).toString('base64url')}`,
          '--cookie-secure=false',
          '--reverse-proxy=true',
        ],
        ...['--request-logging=false', '--auth-logging=false', '--set-xauthrequest=true'],
      ],
      log: dir.file('oauth2-proxy.log'),
      at: port,
    }),
  );
  const { status, headers } = await ask(`http://127.0.0.1:${port}/oauth2/sign_in`, {
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: `username=mica&password=${PASSWORD}&rd=%2F`,
  });
  const cookie = (headers['set-cookie'] ?? [])
    .map((line) => line.split(';', 1)[0] ?? '')
    .filter((pair) => pair.startsWith('_oauth2_proxy='));
  if (cookie.length === 0) throw new Error(`signing in was answered ${status}`);
  return { port, pids: [server.pid], headers: { Cookie: cookie.join('; ') } };
}

export const oauth2Proxy: PeerKind = {
  name: 'oauth2-proxy',
  programs: ['oauth2-proxy'],
  versionArgs: ['--version'],
  async verify(file, place) {
    const { port, pids, headers } = await start(file, place);
    const question = 'proxy_set_header X-Original-URI $request_uri; proxy_set_header X-Forwarded-Uri $request_uri;';
    return { check: `127.0.0.1:${port}`, uri: '/oauth2/auth', question, headers, pids };
  },
  async proxy(file, place) {
    const { port, pids, headers } = await start(file, place);
    return { url: `http://127.0.0.1:${port}`, headers, pids };
  },
};
