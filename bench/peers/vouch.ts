import { randomBytes } from 'node:crypto';
import { SignJWT } from 'jose';
import { freePort } from '../../test/support/free-port.ts';
import { startServer } from '../stage/server.ts';
import type { PeerKind } from './peer.ts';

/** With a token that is signed here by its key, as nobody signs in to it without a provider. */
export const vouch: PeerKind = {
  name: 'vouch',
  programs: ['vouch-proxy', 'vouch'],
  versionArgs: ['-version'],
  async verify(file, { dir, closing }) {
    const port = await freePort();
    const secret = randomBytes(48).toString('base64url');
    const config = await dir.write(
      'vouch/config.yml',
      `vouch:
  logLevel: error
  listen: 127.0.0.1
  port: ${port}
  allowAllUsers: true
  jwt: { secret: "${secret}", issuer: Vouch, maxAge: 240, compress: false }
  cookie: { name: VouchCookie, secure: false, domain: localhost }
oauth: { provider: indieauth, client_id: "http://localhost", auth_url: "http://localhost/auth", callback_url: "http://localhost/auth" }
`,
    );
    const server = closing.use(
      await startServer({
        file,
        args: ['-config', config],
        log: dir.file('vouch.log'),
        at: port,
        cwd: dir.file('vouch'),
        env: { VOUCH_ROOT: dir.file('vouch') },
      }),
    );
    const token = await new SignJWT({ username: 'mica', CustomClaims: {}, PAccessToken: '', PIdToken: '' })
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
      .setIssuer('Vouch')
      .setAudience('localhost')
      .setIssuedAt()
      .setExpirationTime('4h')
      .sign(new TextEncoder().encode(secret));
    const headers = { Cookie: `VouchCookie=${token}`, Host: 'localhost' };
    const question = 'proxy_set_header Host $http_host;';
    return { check: `127.0.0.1:${port}`, uri: '/validate', question, headers, pids: [server.pid] };
  },
};
