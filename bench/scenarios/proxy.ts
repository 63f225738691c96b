import { freePort } from '../../test/support/free-port.ts';
import { startNginx } from '../../test/support/start-nginx.ts';
import type { Entry, Scenario } from '../scenario.ts';
import { HOST, signIn, startDashgate } from '../stage/dashgate.ts';
import { workersOf } from '../stage/front.ts';
import { type Load, load } from '../stage/load.ts';
import type { Stage } from '../stage/stage.ts';
import { startDashboard } from '../stage/upstream.ts';

/** Somebody who stands in front of the dashboard. */
export interface Proxied {
  readonly name: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly pids: readonly number[];
}

/** dashgate with a session cookie, and everybody else, in front of one dashboard. @param upstream - its origin */
export async function inFront(
  { dir, peers, note }: Stage,
  closing: AsyncDisposableStack,
  upstream: string,
): Promise<Proxied[]> {
  const port = await freePort();
  const conf = `
upstream app { server ${new URL(upstream).host}; keepalive 64; keepalive_requests 10000000; }
server {
  listen 127.0.0.1:${port};
  keepalive_requests 10000000;
  client_max_body_size 0;
  location / {
    proxy_pass http://app; proxy_http_version 1.1;
    proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $http_connection;
  }
}`;
  const nginx = closing.use(await startNginx(conf));
  const all: Proxied[] = [
    { name: 'nginx proxy_pass', url: `http://127.0.0.1:${port}`, headers: {}, pids: workersOf(nginx) },
  ];
  for (const workers of [1, 2]) {
    const running = await startDashgate(dir, closing, { upstream, workers });
    all.push({
      name: workers === 1 ? 'dashgate' : 'dashgate, two workers',
      url: running.publicUrl,
      headers: { Host: HOST, Cookie: await signIn(running) },
      pids: running.pids,
    });
  }
  for (const { name, proxy } of peers) {
    if (!proxy) continue;
    try {
      all.push({ name, ...(await proxy({ dir, upstream, closing })) });
    } catch (error) {
      note(`${name} is left out: ${error instanceof Error ? error.message.split('\n')[0] : 'it does not start'}`);
    }
  }
  return all;
}

const asked =
  (path: string, more: (stage: Stage) => Promise<Partial<Load>>): Scenario['open'] =>
  async (stage, closing) => {
    const { port } = await startDashboard(closing);
    const what = await more(stage);
    const all = await inFront(stage, closing, `http://127.0.0.1:${port}`);
    return all.map(
      ({ name, url, headers, pids }): Entry => ({
        name,
        measure: (seconds) => load({ ...what, url: `${url}${path}`, headers, pids }, seconds),
      }),
    );
  };

const UPLOAD = `wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/octet-stream"\nwrk.body = string.rep("x", 1000000)\n`;

export const proxy: Scenario = {
  name: 'proxy',
  title: 'Proxy way: 1 kB',
  about: 'No nginx in front; 50 connections; dashgate with a session cookie, nginx and Caddy without asking anybody.',
  limit: 'nginx proxy_pass',
  open: asked('/', async () => ({})),
};

export const large: Scenario = {
  name: 'large',
  title: 'Proxy way: 1 MB',
  about: 'The same with an answer of 1 MB, 20 connections.',
  limit: 'nginx proxy_pass',
  by: 'megabytes',
  open: asked('/1mb', async () => ({ connections: 20, isHeavy: true })),
};

export const upload: Scenario = {
  name: 'upload',
  title: 'Proxy way: 1 MB sent',
  about:
    'A body of 1 MB to a dashboard that drops it, 10 connections; nginx keeps it on disk before it passes it on, as it does by itself.',
  limit: 'nginx proxy_pass',
  open: asked('/sink', async ({ dir }) => ({ connections: 10, script: [await dir.write('upload.lua', UPLOAD)] })),
};
