import { createHash } from 'node:crypto';
import { Agent, request } from 'node:http';
import { hash as argon2 } from '@node-rs/argon2';
import { hash as bcrypt } from '@node-rs/bcrypt';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { createDashgate } from '../../src/app.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { Directory } from '../../src/directories/directory.ts';
import { apr1Digest } from '../../src/directories/hash/apr1-digest.ts';
import { hashTabpy } from '../../src/directories/hash/tabpy.ts';
import { openDirectories } from '../../src/directories/open.ts';
import { systemClock } from '../../src/lib/clock.ts';
import type { Log } from '../../src/telemetry/log.ts';
import { areaUnderCurve } from '../support/area-under-curve.ts';
import { basic } from '../support/gate.ts';
import { tempDir } from '../support/temp-dir.ts';

// Traefik CVE-2026-32595, CVE-2026-41263; tinyauth #1004: how long a refusal takes says which names exist.
// The same for LDAP is in ldap-timing.test.ts.

const PAIRS = 200;
const PASSWORD = Buffer.from('mica-Gz7');
const ignore = (): void => {};
const log: Log = { debug: ignore, info: ignore, warn: ignore, error: ignore, audit: ignore };

/** A file of each kind with the user mica, whose hash costs a few milliseconds at most. */
const KINDS: readonly [kind: string, file: string, make: () => Promise<string>][] = [
  [
    'users.yaml',
    'users.yaml',
    async () =>
      `users:\n  mica: { password: "${await argon2(PASSWORD, { algorithm: 2, memoryCost: 2048, timeCost: 1, parallelism: 1 })}" }\n`,
  ],
  ['htpasswd, bcrypt', 'htpasswd', async () => `mica:${await bcrypt(PASSWORD, 5)}\n`],
  ['htpasswd, $apr1$', 'htpasswd', async () => `mica:$apr1$tbXn2vfW$${apr1Digest(PASSWORD, 'tbXn2vfW')}\n`],
  ['htpasswd, {SHA}', 'htpasswd', async () => `mica:{SHA}${createHash('sha1').update(PASSWORD).digest('base64')}\n`],
  ['TabPy’s password file', 'passwords.txt', async () => `mica ${await hashTabpy('mica', PASSWORD)}\n`],
];

/** The mistake that these tests are there to find: an unknown name costs no hash. */
const withoutDecoy = (directory: Directory): Directory => ({
  ...directory,
  verify: async (user, password) =>
    directory.knows?.(user) ? directory.verify(user, password) : { kind: 'wrong', reason: 'unknown-user' },
});

/** Asks the real endpoints with pairs of an unknown user and a wrong password, in turns. */
async function measure(file: string, users: string, change: (directory: Directory) => Directory) {
  await using dir = await tempDir();
  await dir.write(file, users);
  const config = {
    server: { listen: '127.0.0.1:0', check_listen: '127.0.0.1:0', public_url: 'http://dash.example.com' },
    admin: { listen: '127.0.0.1:0' },
    session: { store: 'memory' },
    attempts: { limit: 'off' },
    directories: [{ file }],
    apps: [{ name: 'sales', at: '/', upstream: 'http://127.0.0.1:9' }],
  };
  const path = await dir.write('dashgate.yaml', stringify(config));
  const loaded = await loadConfig({ file: path, env: {}, flags: {}, cwd: dir.path });
  const dashgate = await createDashgate(loaded.config, {
    log,
    directory: async (queue) =>
      change((await openDirectories(loaded.config, { queue, clock: systemClock, warn: ignore })).directory),
  });
  await using _closing = { [Symbol.asyncDispose]: () => dashgate.close() };
  const { check } = dashgate.listening;
  if (check.kind !== 'tcp') throw new Error('the check listener has no port');
  const { port } = check;
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });

  const asked = (user: string, password: string): Promise<{ ms: number; answer: string }> =>
    new Promise((resolve, reject) => {
      const headers = {
        ...{ 'X-Original-URI': '/', 'X-Original-Method': 'GET', 'X-Forwarded-Host': 'dash.example.com' },
        ...{ 'X-Dashgate-App': 'sales', Authorization: basic(user, password) },
      };
      const began = performance.now();
      const outgoing = request({ host: '127.0.0.1', port, path: '/_dashgate/auth/nginx', agent, headers });
      outgoing.once('error', reject).once('response', (response) => {
        const { date: _date, ...rest } = response.headers;
        const answer = JSON.stringify([response.statusCode, rest]);
        response.resume().once('end', () => resolve({ ms: performance.now() - began, answer }));
      });
      outgoing.end();
    });

  for (let i = 0; i < 20; i++) await asked(i % 2 === 0 ? 'mica' : `early-${i}`, 'warm');
  const times: Record<'known' | 'unknown', number[]> = { known: [], unknown: [] };
  const answers = new Set<string>();
  for (let pair = 0; pair < PAIRS; pair++) {
    for (const which of pair % 2 === 0 ? (['known', 'unknown'] as const) : (['unknown', 'known'] as const)) {
      const { ms, answer } = await asked(which === 'known' ? 'mica' : `nora-${pair}`, `wrong-${pair}`);
      times[which].push(ms);
      answers.add(answer);
    }
  }
  agent.destroy();
  expect([...answers]).toEqual([expect.stringMatching(/^\[401,/)]);
  return areaUnderCurve(times.known, times.unknown);
}

describe.each(KINDS)('%s', (kind, file, make) => {
  // Twice again at most: a machine that is busy elsewhere is no leak, and a leak is there each time.
  it('an unknown user and a wrong password cost and answer the same', { retry: 2, timeout: 60_000 }, async () => {
    const area = await measure(file, await make(), (directory) => directory);
    expect(area).toBeGreaterThan(0.4);
    expect(area).toBeLessThan(0.6);
  });

  // One SHA-1 is lost in the noise of a request, with and without it.
  if (kind !== 'htpasswd, {SHA}') {
    it('the same measurement finds a directory without a decoy', { timeout: 60_000 }, async () => {
      expect(await measure(file, await make(), withoutDecoy)).toBeGreaterThan(0.6);
    });
  }
});
