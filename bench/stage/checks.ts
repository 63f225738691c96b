import { join } from 'node:path';
import { freePort } from '../../test/support/free-port.ts';
import type { PeerCheck } from '../peers/peer.ts';
import { BASIC, QUESTION_LINES, type RunningDashgate, signIn, startDashgate } from './dashgate.ts';
import type { Site } from './front.ts';
import type { Load } from './load.ts';
import { startServer } from './server.ts';
import type { Stage } from './stage.ts';
import { startLimit } from './upstream.ts';

/** Somebody who answers checks, and what their client sends. */
export interface Checked {
  readonly site: Site;
  readonly headers: Readonly<Record<string, string>>;
  readonly pids: readonly number[];
}

/** The limit: nginx itself. */
export async function limit(closing: AsyncDisposableStack): Promise<Checked> {
  const { port, pids } = await startLimit(closing);
  return { site: { name: 'limit', check: `127.0.0.1:${port}` }, headers: {}, pids };
}

const bareFile = join(import.meta.dirname, 'bare-server.mjs');

/** What node:http alone can do. */
export async function bare({ dir }: Stage, closing: AsyncDisposableStack, isOnSocket = false): Promise<Checked> {
  const at = isOnSocket ? dir.file('bare.sock') : await freePort();
  const server = await startServer({
    file: process.execPath,
    args: [bareFile, `${at}`],
    log: dir.file('bare.log'),
    at,
  });
  closing.use(server);
  const name = isOnSocket ? 'node:http 204, unix socket' : 'node:http 204';
  return {
    site: { name, check: isOnSocket ? `unix:${at}` : `127.0.0.1:${at}` },
    headers: {},
    pids: [server.pid],
  };
}

/** dashgate, asked with a session cookie, or with Basic credentials that were found right before. */
export async function dashgate(
  { dir }: Stage,
  closing: AsyncDisposableStack,
  isOnSocket = false,
): Promise<{ readonly running: RunningDashgate; readonly cookie: Checked; readonly basic: Checked }> {
  const running = await startDashgate(dir, closing, { isOnSocket });
  const where = isOnSocket ? 'dashgate, unix socket' : 'dashgate';
  const site = { check: running.check, uri: running.checkUri, question: QUESTION_LINES };
  const pids = [running.server.pid];
  return {
    running,
    cookie: { site: { ...site, name: where }, headers: { Cookie: await signIn(running) }, pids },
    basic: { site: { ...site, name: `${where}, warm Basic` }, headers: { Authorization: BASIC }, pids },
  };
}

/** Those of the peers that answer checks; who does not start is said so, and left out. */
export async function peers({ dir, peers: all, note }: Stage, closing: AsyncDisposableStack): Promise<Checked[]> {
  const found: Checked[] = [];
  for (const { name, verify } of all) {
    if (!verify) continue;
    try {
      const check: PeerCheck = await verify({ dir, upstream: 'http://127.0.0.1:9', closing });
      const { headers, pids, ...site } = check;
      found.push({ site: { name, ...site }, headers, pids });
    } catch (error) {
      note(`${name} is left out: ${error instanceof Error ? error.message.split('\n')[0] : 'it does not start'}`);
    }
  }
  return found;
}

/** Asked without nginx; by TCP only. */
export const directly = ({ site: { check, uri = '/' }, headers, pids }: Checked): Load => ({
  url: `http://${check}${uri}`,
  headers,
  pids,
});
