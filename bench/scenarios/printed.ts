import { initNginx } from '../../src/cli/init.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { InitOptions } from '../../src/nginx/options.ts';
import { freePort } from '../../test/support/free-port.ts';
import { startNginx } from '../../test/support/start-nginx.ts';
import type { Entry, Scenario } from '../scenario.ts';
import { HOST, type RunningDashgate, signIn, startDashgate } from '../stage/dashgate.ts';
import { load } from '../stage/load.ts';
import { startDashboard, startLimit } from '../stage/upstream.ts';

/** nginx with one worker and what `init nginx` prints. @returns where it answers */
async function front(
  { file, folder }: RunningDashgate,
  closing: AsyncDisposableStack,
  flags: Record<string, string>,
  options: Partial<InitOptions> = {},
): Promise<string> {
  const { config } = await loadConfig({ file, env: {}, flags, cwd: folder });
  const port = await freePort();
  const text = await initNginx(config, {
    ...{ listen: [`127.0.0.1:${port}`], accessLog: '/dev/null', whole: true, temp: folder },
    ...options,
  });
  closing.use(await startNginx(text.replace('worker_processes auto;', 'worker_processes 1;')));
  return `http://127.0.0.1:${port}/`;
}

/** The configuration that operators run, with all its headers, rather than the least that nginx needs. */
export const printed: Scenario = {
  name: 'printed',
  title: 'Verify way: through nginx as `init nginx` prints it',
  about:
    'One worker, 50 connections with a session cookie, the access log to nowhere. The limit is the same configuration whose check another nginx answers.',
  limit: 'limit',
  async open({ dir }, closing) {
    const dashboard = await startDashboard(closing);
    const limit = await startLimit(closing);
    const upstream = `http://127.0.0.1:${dashboard.port}`;
    const tcp = await startDashgate(dir, closing, { upstream });
    const unix = await startDashgate(dir, closing, { upstream, isOnSocket: true });
    const entry = (name: string, url: string, Cookie: string, pids: readonly number[]): Entry => ({
      name,
      measure: (seconds) => load({ url, headers: { Host: HOST, Cookie }, pids }, seconds),
    });
    const [cookie, unixCookie] = [await signIn(tcp), await signIn(unix)];
    const toLimit = await front(tcp, closing, { 'server.check_listen': `127.0.0.1:${limit.port}` });
    return [
      entry('limit', toLimit, cookie, limit.pids),
      entry('dashgate', await front(tcp, closing, {}), cookie, [tcp.server.pid]),
      entry('dashgate, unix socket', await front(unix, closing, {}), unixCookie, [unix.server.pid]),
      entry('dashgate, --auth-cache 2s', await front(tcp, closing, {}, { authCacheSec: 2 }), cookie, [tcp.server.pid]),
    ];
  },
};
