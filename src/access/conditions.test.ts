import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anIdentity } from '../../test/support/a-request.ts';
import { nobody } from '../identity/identity.ts';
import {
  type Condition,
  goodUntilSec,
  isFromElsewhere,
  type ProofRule,
  proofProblem,
  wantedProof,
} from './conditions.ts';
import type { Decision } from './decide.ts';
import { askForProof } from './step-up.ts';

const proof = (rule: Partial<ProofRule>): Condition => ({
  isFrom: null,
  proof: { amr: [], acr: [], maxAgeSec: null, ...rule },
});
const proved = (changes: object = {}) => ({ ...anIdentity('ada'), authTimeSec: 1000, amr: ['pwd'], ...changes });

describe('a proof', () => {
  it.each<[string, Condition[], object, number, ReturnType<typeof proofProblem>]>([
    ['of whatever kind does where nothing is asked', [], {}, 9e9, null],
    ['that is younger than it may be', [proof({ maxAgeSec: 60 })], {}, 1059, null],
    ['that is as old as it may be', [proof({ maxAgeSec: 60 })], {}, 1060, 'proof-too-old'],
    ['by a clock that was set back', [proof({ maxAgeSec: 60 })], {}, 1, null],
    [
      'too old for the strictest of two',
      [proof({ maxAgeSec: 600 }), proof({ maxAgeSec: 60 })],
      {},
      1100,
      'proof-too-old',
    ],
    ['by the method', [proof({ amr: ['pwd'] })], {}, 1000, null],
    ['by one of two methods', [proof({ amr: ['pwd', 'otp'] })], {}, 1000, 'proof-too-weak'],
    ['by both', [proof({ amr: ['pwd', 'otp'] })], { amr: ['otp', 'pwd'] }, 1000, null],
    ['by none', [proof({ amr: ['pwd'] })], { amr: [] }, 1000, 'proof-too-weak'],
    ['of one of the classes', [proof({ acr: ['gold', 'silver'] })], { acr: 'silver' }, 1000, null],
    ['of another class', [proof({ acr: ['gold'] })], { acr: 'Gold' }, 1000, 'proof-too-weak'],
    ['of no class', [proof({ acr: ['gold'] })], {}, 1000, 'proof-too-weak'],
    ['too weak and too old', [proof({ acr: ['gold'], maxAgeSec: 1 })], {}, 9000, 'proof-too-weak'],
  ])('%s', (_what, conditions, changes, nowSec, problem) => {
    expect(proofProblem(conditions, proved(changes), nowSec)).toBe(problem);
  });

  it('is good until the strictest rule says', () => {
    expect(goodUntilSec([], proved())).toBe(Number.POSITIVE_INFINITY);
    expect(goodUntilSec([proof({ amr: ['pwd'] })], proved())).toBe(Number.POSITIVE_INFINITY);
    expect(goodUntilSec([proof({ maxAgeSec: 60 }), proof({ maxAgeSec: 6 })], proved())).toBe(1006);
  });
});

it('what is asked of a new proof is what would do for every rule, as near as it gets', () => {
  expect(wantedProof([proof({ amr: ['pwd'] })])).toEqual({ acr: [], maxAgeSec: null });
  const both = [proof({ acr: ['gold', 'silver'], maxAgeSec: 600 }), proof({ acr: ['silver'], maxAgeSec: 60 })];
  expect(wantedProof(both)).toEqual({ acr: ['silver'], maxAgeSec: 60 });
  expect(wantedProof([proof({ acr: ['gold'] }), proof({ acr: ['lead'] })]).acr).toEqual(['gold']);
});

it('a client is where all conditions let it be, and one whose address is not known is nowhere', () => {
  const from = (...addresses: string[]): Condition => ({
    isFrom: (address) => addresses.includes(address),
    proof: null,
  });
  const isElsewhere = (isAddressKnown: boolean, ...conditions: Condition[]): boolean =>
    isFromElsewhere({ conditions, clientAddress: '10.0.0.1', isAddressKnown });
  expect(isElsewhere(true, from('10.0.0.1'))).toBe(false);
  expect(isElsewhere(true, from('10.0.0.1'), from('10.0.0.2'))).toBe(true);
  expect(isElsewhere(false, from('10.0.0.1'))).toBe(true);
  expect(isElsewhere(false)).toBe(false);
  expect(isElsewhere(false, proof({ amr: ['pwd'] }))).toBe(false);
});

it('a further condition never allows more, and no condition allows what was refused', () => {
  const rules = fc.record({
    amr: fc.subarray(['pwd', 'otp']),
    acr: fc.subarray(['gold']),
    maxAgeSec: fc.option(fc.integer({ min: 0, max: 100 })),
  });
  const conditions = fc.array(rules.map((rule) => proof(rule)));
  const identity = fc
    .record({ amr: fc.subarray(['pwd', 'otp']), authTimeSec: fc.integer({ min: 900, max: 1000 }) })
    .map(proved);
  const decisions: fc.Arbitrary<Decision> = fc.oneof(
    identity.map((identity): Decision => ({ kind: 'allow', identity, reason: 'granted' })),
    identity.map((identity): Decision => ({ kind: 'deny', identity, reason: 'resource-not-granted', missing: [] })),
    fc.constant<Decision>({ kind: 'challenge', reason: 'no-credentials' }),
  );
  fc.assert(
    fc.property(decisions, conditions, conditions, (decision, some, more) => {
      const after = askForProof(decision, some, 1000);
      const afterMore = askForProof(decision, [...some, ...more], 1000);
      if (decision.kind !== 'allow') expect(after).toEqual(decision);
      if (after.kind !== 'allow') expect(afterMore.kind).not.toBe('allow');
    }),
  );
  const open: Decision = { kind: 'allow', identity: nobody, reason: 'public' };
  expect(askForProof(open, [proof({ amr: ['pwd'], maxAgeSec: 1 })], 1000)).toBe(open);
});
