import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { createHandoffCodes, digestOf } from './handoff-codes.ts';
import type { Session } from './session.ts';
import { createMemoryStore } from './store-memory.ts';

const clock = { nowMs: () => 1_800_000_000_000 };
const store = createMemoryStore({ clock });
const key = { kid: 'k', key: randomBytes(32) };
const codes = createHandoffCodes({ issuer: 'https://dash.example.com', keys: () => [key], store, clock });

/** As much as is taken from a provider: lists of 1200 and 600 bytes, names that are no ASCII. */
const VOUCHED: Session = {
  ...{ sub: `${'i'.repeat(64)}:${'s'.repeat(255)}`, name: '€'.repeat(200), email: `${'e'.repeat(242)}@example.com` },
  ...{ groups: ['g'.repeat(1195)], allowedResources: ['r'.repeat(595)], amr: ['pwd', 'mfa'], acr: 'a'.repeat(100) },
  ...{ authTimeSec: 1_800_000_000, beganSec: 1_800_000_000, jti: 'j'.repeat(22) },
  ...{ writtenSec: 1_800_000_000, endsSec: 1_900_000_000 },
  provider: { issuer: `https://${'p'.repeat(200)}`, sid: 's'.repeat(43), user: 'u'.repeat(255) },
};

it('all that a provider says of somebody goes with them', async () => {
  const handoff = { session: VOUCHED, origin: 'https://a.example.com', nonceDigest: digestOf('n') };
  expect(await codes.take(await codes.make(handoff))).toEqual({ kind: 'good', handoff });
});

it('who may more than an address can hold goes without the lists, which are looked up', async () => {
  const { provider: _, ...session } = {
    ...VOUCHED,
    allowedResources: Array.from({ length: 500 }, (_, at) => `resource-${at}`),
  };
  const found = await codes.take(
    await codes.make({ session, origin: 'https://a.example.com', nonceDigest: digestOf('n') }),
  );
  expect(found).toMatchObject({ kind: 'good', handoff: { session: { ...session, allowedResources: [] } } });
});
