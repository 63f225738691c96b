import { expect, it } from 'vitest';
import { anIdentity } from '../../test/support/a-request.ts';
import { askForProof } from './step-up.ts';

const condition = (proof: object) => ({ isFrom: null, proof: { amr: [], acr: [], maxAgeSec: null, ...proof } });

it('whom a connected app vouches for is not asked for a proof that its page could not give', () => {
  const identity = { ...anIdentity('alice'), amr: ['connected-app'], authTimeSec: 0, connected: 'portal' };
  const allowed = { kind: 'allow', identity, reason: 'granted' } as const;
  const judged = (proof: object) => askForProof(allowed, [condition(proof)], 1_700_000_000);
  expect(judged({ maxAgeSec: 300 })).toMatchObject({ kind: 'deny', reason: 'token-not-enough' });
  expect(judged({ amr: ['otp'] })).toMatchObject({ kind: 'deny', reason: 'proof-too-weak' });
  expect(judged({})).toMatchObject({ kind: 'allow' });
});
