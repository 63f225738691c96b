import type { Metric, Result } from './scenario.ts';

/** A figure of the run; throws {@link Absent} where there is none. */
type Read = (scenario: string, entry: string, metric?: Metric) => number;

interface Target {
  readonly what: string;
  readonly target: string;
  readonly figure: (read: Read) => number;
  readonly isMet: (figure: number) => boolean;
  /** How the figure is written. */
  readonly unit?: string;
}

export interface Verdict extends Pick<Target, 'what' | 'target'> {
  readonly figure: string;
  readonly verdict: 'met' | 'missed' | 'not measured';
}

class Absent extends Error {}

const atLeast = (least: number) => ({ target: `≥ ${least}`, isMet: (figure: number) => figure >= least });
const atMost = (most: number) => ({ target: `≤ ${most}`, isMet: (figure: number) => figure <= most });

const ratio =
  (scenario: string, entry: string, to: string, metric: Metric = 'rate') =>
  (read: Read): number =>
    read(scenario, entry, metric) / read(scenario, to, metric);

/** What is aimed at, in the whole product with rules, revocation check and metrics on. */
const targets: readonly Target[] = [
  {
    what: 'verify, cookie, through nginx, TCP, of nginx’s limit',
    ...atLeast(0.8),
    figure: ratio('verify', 'dashgate', 'limit'),
  },
  {
    what: 'verify, cookie, through nginx, unix socket, of nginx’s limit',
    ...atLeast(0.9),
    figure: ratio('verify', 'dashgate, unix socket', 'limit'),
  },
  {
    what: 'verify, cookie, through nginx as it is printed, TCP, of nginx’s limit',
    ...atLeast(0.8),
    figure: ratio('printed', 'dashgate', 'limit'),
  },
  {
    what: 'verify, cookie, through nginx as it is printed, unix socket, of nginx’s limit',
    ...atLeast(0.9),
    figure: ratio('printed', 'dashgate, unix socket', 'limit'),
  },
  {
    what: 'verify, cookie, through nginx, × oauth2-proxy',
    ...atLeast(2.5),
    figure: ratio('verify', 'dashgate', 'oauth2-proxy'),
  },
  {
    what: 'verify, cookie, through nginx, × Authelia',
    ...atLeast(2.5),
    figure: ratio('verify', 'dashgate', 'Authelia'),
  },
  { what: 'verify, cookie, through nginx, × vouch', ...atLeast(1.8), figure: ratio('verify', 'dashgate', 'vouch') },
  {
    what: 'verify, cookie, asked directly, of a bare node:http 204',
    ...atLeast(0.85),
    figure: ratio('direct', 'dashgate', 'node:http 204'),
  },
  {
    what: 'verify, cookie, asked directly, × oauth2-proxy',
    ...atLeast(3),
    figure: ratio('direct', 'dashgate', 'oauth2-proxy'),
  },
  {
    what: 'verify with nginx’s own cache, × nginx’s uncached limit',
    ...atLeast(1.1),
    figure: ratio('printed', 'dashgate, --auth-cache 2s', 'limit'),
  },
  {
    what: 'verify, warm Basic, of the cookie figure',
    ...atLeast(0.9),
    figure: ratio('verify', 'dashgate, warm Basic', 'dashgate'),
  },
  {
    what: 'latency p99 with 10 connections, × the limit’s',
    ...atMost(1.5),
    figure: ratio('latency', 'dashgate', 'limit', 'p99'),
  },
  {
    what: 'latency p99 with 10 connections, unix socket, × the limit’s',
    ...atMost(1.5),
    figure: ratio('latency', 'dashgate, unix socket', 'limit', 'p99'),
  },
  {
    what: 'CPU per 100k checks, token seen before, of oauth2-proxy’s',
    ...atMost(0.25),
    figure: ratio('direct', 'dashgate', 'oauth2-proxy', 'cpu'),
  },
  {
    what: 'CPU per 100k checks, token never seen, of oauth2-proxy’s',
    ...atMost(0.5),
    figure: ratio('direct', 'dashgate, sessions never seen', 'oauth2-proxy', 'cpu'),
  },
  {
    what: 'cookie checks beside one guesser, of their rate',
    ...atLeast(0.8),
    figure: ratio('flood', 'beside one guesser', 'beside good requests'),
  },
  {
    what: 'cookie checks beside a botnet, of their rate',
    ...atLeast(0.8),
    figure: ratio('flood', 'beside a botnet', 'beside good requests'),
  },
  { what: 'proxy way, 1 kB, × oauth2-proxy', ...atLeast(2.5), figure: ratio('proxy', 'dashgate', 'oauth2-proxy') },
  {
    what: 'proxy way, 1 kB, × Caddy without authentication',
    ...atLeast(1),
    figure: ratio('proxy', 'dashgate', 'Caddy'),
  },
  {
    what: 'proxy way, 1 MB, of nginx’s bytes',
    ...atLeast(0.6),
    figure: ratio('large', 'dashgate', 'nginx proxy_pass', 'megabytes'),
  },
  {
    what: 'proxy way, 1 MB, two workers, of Caddy’s bytes',
    ...atLeast(0.85),
    figure: ratio('large', 'dashgate, two workers', 'Caddy', 'megabytes'),
  },
  { what: 'memory idle', ...atMost(65), unit: ' MB', figure: (read) => read('start', 'dashgate', 'idle') },
  {
    what: 'memory after the load, verify',
    ...atMost(100),
    unit: ' MB',
    figure: (read) => read('verify', 'dashgate', 'loaded'),
  },
  {
    what: 'memory after the load, proxy',
    ...atMost(250),
    unit: ' MB',
    figure: (read) => read('large', 'dashgate', 'loaded'),
  },
  { what: 'start to first answer', ...atMost(150), unit: ' ms', figure: (read) => read('start', 'dashgate', 'ms') },
  { what: 'section guard, a callback: added', ...atMost(2), unit: ' ms', figure: added('callback') },
  { what: 'section guard, 8 MB of layout: added', ...atMost(300), unit: ' ms', figure: added('layout') },
  { what: '100k users, of the empty rate', ...atLeast(0.9), figure: growthOf('100,000 users') },
  { what: '10k rules, of the empty rate', ...atLeast(0.9), figure: growthOf('10,000 rules') },
  {
    what: '1 million ends of sessions, of the empty rate',
    ...atLeast(0.9),
    figure: growthOf('1,000,000 ends of sessions'),
  },
  { what: '1 million live sessions, of the empty rate', ...atLeast(0.9), figure: growthOf('1,000,000 live sessions') },
  { what: 'all three at once, of the empty rate', ...atLeast(0.9), figure: growthOf('all of it at once') },
];

function growthOf(entry: string): Target['figure'] {
  return ratio('growth', entry, '1 user, 1 rule, nothing revoked');
}

function added(what: string): Target['figure'] {
  return (read) => read('sections', `${what}, guarded`, 'ms') - read('sections', `${what}, unread`, 'ms');
}

/** Each target with the figure of this run. */
export function judge(results: readonly Result[]): Verdict[] {
  const read: Read = (scenario, entry, metric = 'rate') => {
    const result = results.find((each) => each.scenario.name === scenario);
    const figure = result?.figures.get(entry)?.[metric];
    if (figure === undefined) throw new Absent();
    return figure;
  };
  return targets.map(({ what, target, figure, isMet, unit = '' }) => {
    try {
      const found = figure(read);
      const shown = `${found.toFixed(unit === '' ? 2 : found < 10 ? 1 : 0)}${unit}`;
      return { what, target: target + unit, figure: shown, verdict: isMet(found) ? 'met' : 'missed' };
    } catch (error) {
      if (!(error instanceof Absent)) throw error;
      return { what, target: target + unit, figure: '–', verdict: 'not measured' };
    }
  });
}
