import { Writable } from 'node:stream';
import { vi } from 'vitest';
import { stringify } from 'yaml';
import { loadConfig } from '../../src/config/load.ts';
import type { Directory } from '../../src/directories/directory.ts';
import { nobodysDirectory } from '../../src/directories/nobody.ts';
import type { At, ConnectedApps, Vouched } from '../../src/identity/connected/connected-apps.ts';
import { openConnectedApps } from '../../src/identity/connected/open.ts';
import type { Refusal } from '../../src/identity/connected/refusal.ts';
import { createIdentityOf } from '../../src/identity/identities.ts';
import type { SessionStore } from '../../src/session/store.ts';
import { createMemoryStore } from '../../src/session/store-memory.ts';
import { createAudit } from '../../src/telemetry/audit.ts';
import { createLog } from '../../src/telemetry/log.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { type TempDir, tempDir } from './temp-dir.ts';

export interface OpenedConnected extends Disposable {
  /** @param page - the origin of the host page */
  read(token: string, at?: At, page?: string): Promise<Vouched | Refusal>;
  /** The code that a token is refused with; 0: it is taken. */
  codeOf(token: string, at?: At): Promise<number>;
  readonly identify: ConnectedApps['identify'];
  /** Waits until something is logged. */
  until(pattern: RegExp): Promise<void>;
  /** All that was logged so far. */
  logged(): string;
  /** What was counted, as Prometheus reads it. */
  metrics(): Promise<string>;
  /** Sets the clock. */
  at(nowSec: number): void;
}

export interface OpenConnected {
  readonly apps: readonly object[];
  /** Other sections of the configuration. */
  readonly more?: object;
  readonly directory?: Directory;
  /** Where the files are that the configuration names. */
  readonly dir?: TempDir;
  readonly once?: SessionStore['once'];
  /** Where the clock stands; absent: it goes. */
  readonly nowSec?: number;
}

/** Connected apps as a configuration with them opens them, with a store in memory. */
export async function openConnected({
  apps,
  more = {},
  directory = nobodysDirectory,
  dir: given,
  once,
  nowSec,
}: OpenConnected): Promise<OpenedConnected> {
  await using own = await tempDir();
  const dir = given ?? own;
  const file = await dir.write(
    'dashgate.yaml',
    stringify({
      server: { public_url: 'https://dash.example.com' },
      apps: [{ name: 'sales', at: '/', upstream: 'http://127.0.0.1:1' }],
      ...{ connected_apps: apps, ...more },
    }),
  );
  const { config } = await loadConfig({ file, env: {}, flags: {}, cwd: dir.path });
  let setMs = nowSec === undefined ? null : nowSec * 1000;
  const clock = { nowMs: () => setMs ?? Date.now() };
  const store = createMemoryStore({ clock });
  let logged = '';
  const stream = new Writable({
    decodeStrings: false,
    write(chunk, _encoding, done) {
      logged += String(chunk);
      done();
    },
  });
  const log = createLog({ level: 'debug', format: 'json', stream });
  const metrics = createMetrics(null);
  const connected = openConnectedApps({
    apps: config.connectedApps,
    ...{ directory, identityOf: createIdentityOf(config.grants), once: once ?? store.once },
    ...{ clock, log, audit: createAudit(log), metrics },
  });
  const read: OpenedConnected['read'] = (token, at = 'embed', page) =>
    connected.read(token, at, { request: 'r1', from: '192.0.2.7', page });
  return {
    read,
    async codeOf(token, at) {
      const answer = await read(token, at);
      return answer.kind === 'vouched' ? 0 : answer.code;
    },
    identify: connected.identify,
    logged: () => logged,
    metrics: metrics.text,
    until: (pattern) => vi.waitUntil(() => pattern.test(logged), { timeout: 10_000 }).then(() => {}),
    at(sec) {
      setMs = sec * 1000;
    },
    [Symbol.dispose]() {
      connected.close();
      store.close();
    },
  };
}
