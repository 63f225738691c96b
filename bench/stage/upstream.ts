import { freePort } from '../../test/support/free-port.ts';
import { type Nginx, startNginx } from '../../test/support/start-nginx.ts';
import { workersOf } from './front.ts';

/** Static answers of an nginx of its own: the fastest there is, so that who stands in front is what is measured. */
export interface Static {
  readonly port: number;
  readonly pids: readonly number[];
}

async function start(nginx: Promise<Nginx>, port: number, closing: AsyncDisposableStack): Promise<Static> {
  return { port, pids: workersOf(closing.use(await nginx)) };
}

/** The dashboard: 1 kB at `/`, 1 MB at `/1mb`; what is uploaded to `/sink` is taken in and dropped. */
export async function startDashboard(closing: AsyncDisposableStack): Promise<Static> {
  const port = await freePort();
  const conf = `
server {
  listen 127.0.0.1:${port};
  keepalive_requests 10000000;
  client_max_body_size 0;
  root files;
  location = / { try_files /1kb =404; }
  location = /sink { return 204; }
}`;
  return start(startNginx(conf, { 'files/1kb': 'x'.repeat(1000), 'files/1mb': 'x'.repeat(1_000_000) }), port, closing);
}

/** The limit: a check that nginx itself answers, with nothing looked at. */
export async function startLimit(closing: AsyncDisposableStack): Promise<Static> {
  const port = await freePort();
  const conf = `server { listen 127.0.0.1:${port}; keepalive_requests 10000000; location / { return 204; } }`;
  return start(startNginx(conf), port, closing);
}
