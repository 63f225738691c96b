import { Writable } from 'node:stream';
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
import { tempDir } from './temp-dir.ts';

export interface OpenedConnected extends Disposable {
  read(token: string, at: At): Promise<Vouched | Refusal>;
  readonly identify: ConnectedApps['identify'];
  /** All that was logged so far. */
  logged(): string;
  /** Sets the clock. */
  at(nowSec: number): void;
}

export interface OpenConnected {
  readonly apps: readonly object[];
  /** Other sections of the configuration. */
  readonly more?: object;
  readonly directory?: Directory;
  readonly once?: SessionStore['once'];
  /** Where the clock stands; absent: it goes. */
  readonly nowSec?: number;
}

/** Connected apps as a configuration with them opens them, with a store in memory. */
export async function openConnected({
  apps,
  more = {},
  directory = nobodysDirectory,
  once,
  nowSec,
}: OpenConnected): Promise<OpenedConnected> {
  await using dir = await tempDir();
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
  const connected = openConnectedApps({
    apps: config.connectedApps,
    ...{ directory, identityOf: createIdentityOf(config.grants), once: once ?? store.once },
    ...{ clock, log, audit: createAudit(log) },
  });
  return {
    read: (token, at) => connected.read(token, at, { request: 'r1', from: '192.0.2.7' }),
    identify: connected.identify,
    logged: () => logged,
    at(sec) {
      setMs = sec * 1000;
    },
    [Symbol.dispose]() {
      connected.close();
      store.close();
    },
  };
}
