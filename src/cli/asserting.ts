import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { Asserts } from '../apps/assertion.ts';
import { ASSERTION_PURPOSE, createAssertionKeys } from '../apps/assertion-keys.ts';
import type { Config } from '../config/schema/config.ts';
import { systemClock } from '../lib/clock.ts';
import { deriveKeys, loadKeyRing } from '../session/key-ring.ts';

/** Signs as `serve` does. Before the first start there is no ring: then by a key that is forgotten, which nobody takes. */
export function assertsOf({ session, server }: Pick<Config, 'session' | 'server'>): Asserts & { isReal: boolean } {
  const { secretFile } = session;
  const isReal = existsSync(secretFile);
  const seeds = isReal
    ? deriveKeys(loadKeyRing(secretFile), ASSERTION_PURPOSE)
    : [{ kid: 'none', key: randomBytes(32) }];
  return { issuer: server.publicUrl.origin, keys: createAssertionKeys(() => seeds, systemClock), isReal };
}
