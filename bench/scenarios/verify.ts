import type { Entry, Scenario } from '../scenario.ts';
import { bare, type Checked, dashgate, limit, peers } from '../stage/checks.ts';
import { HOST } from '../stage/dashgate.ts';
import { startFront } from '../stage/front.ts';
import { load } from '../stage/load.ts';
import { startDashboard } from '../stage/upstream.ts';

async function front(closing: AsyncDisposableStack, all: readonly Checked[], connections: number): Promise<Entry[]> {
  const dashboard = await startDashboard(closing);
  const url = await startFront(
    [{ name: NO_CHECK, check: null }, ...all.map(({ site }) => site)],
    `127.0.0.1:${dashboard.port}`,
    closing,
  );
  const noCheck = { site: { name: NO_CHECK }, headers: {}, pids: [] };
  return [noCheck, ...all].map(({ site: { name }, headers, pids }) => ({
    name,
    measure: (seconds) => load({ url: url(name), headers: { Host: HOST, ...headers }, pids, connections }, seconds),
  }));
}

const NO_CHECK = 'no check at all';

/** Everybody who answers checks, behind one nginx with one worker. */
export const verify: Scenario = {
  name: 'verify',
  title: 'Verify way: requests through nginx',
  about:
    'nginx with one worker asks before it forwards to a static dashboard; 50 connections. The limit is the same nginx that asks another nginx, which says 204 to everything.',
  limit: 'limit',
  async open(stage, closing) {
    const [tcp, unix] = [await dashgate(stage, closing), await dashgate(stage, closing, true)];
    const all = [
      await limit(closing),
      await bare(stage, closing),
      await bare(stage, closing, true),
      ...[tcp.cookie, tcp.basic, unix.cookie, unix.basic],
      ...(await peers(stage, closing)),
    ];
    return front(closing, all, 50);
  },
};

/** The same with few connections, where nobody has to queue. */
export const latency: Scenario = {
  name: 'latency',
  title: 'Verify way: latency with 10 connections',
  about: 'The same nginx, asked by ten clients that wait for each answer.',
  limit: 'limit',
  by: 'p99',
  async open(stage, closing) {
    const [tcp, unix] = [await dashgate(stage, closing), await dashgate(stage, closing, true)];
    const all = [await limit(closing), tcp.cookie, unix.cookie, ...(await peers(stage, closing))];
    return front(closing, all, 10);
  },
};
