import { freePort } from '../../test/support/free-port.ts';
import { startServer } from '../stage/server.ts';
import type { PeerKind } from './peer.ts';

/** Its reverse_proxy, which asks nobody for anything. */
export const caddy: PeerKind = {
  name: 'Caddy',
  programs: ['caddy'],
  versionArgs: ['version'],
  async proxy(file, { dir, upstream, closing }) {
    const port = await freePort();
    const config = await dir.write(
      'Caddyfile',
      `{\n admin off\n auto_https off\n log {\n level ERROR\n }\n}\nhttp://127.0.0.1:${port} {\n reverse_proxy ${upstream}\n}\n`,
    );
    const server = closing.use(
      await startServer({
        file,
        args: ['run', '--adapter', 'caddyfile', '--config', config],
        log: dir.file('caddy.log'),
        at: port,
        env: { HOME: dir.path, XDG_DATA_HOME: dir.path, XDG_CONFIG_HOME: dir.path },
      }),
    );
    return { url: `http://127.0.0.1:${port}`, headers: {}, pids: [server.pid] };
  },
};
