import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anIdentity } from '../../test/support/a-request.ts';
import { type Decision, decide, type Need, type Proof } from './decide.ts';
import { covers } from './resource.ts';

const hr = { app: 'sales', name: 'hr' };
const marketing = { app: 'sales', name: 'marketing' };
const identified = (user: string, ...grants: string[]): Proof => ({
  kind: 'identified',
  identity: anIdentity(user, ...grants),
});

describe('hr', () => {
  it.each<[string, Decision['kind'], Proof]>([
    ['nobody', 'challenge', null],
    ['somebody with a wrong password', 'challenge', { kind: 'rejected', reason: 'bad-password' }],
    ['somebody whose session was ended', 'challenge', { kind: 'rejected', reason: 'session-revoked' }],
    ['somebody who has tried too often', 'wait', { kind: 'delayed', retryAfterSec: 8 }],
    ['mica, who has _all_', 'allow', identified('mica', '_all_')],
    ['ada, who has hr', 'allow', identified('ada', 'marketing', 'hr')],
    ['eve, who has hr of another app', 'deny', identified('eve', 'stock/hr')],
    ['mike, who has marketing', 'deny', identified('mike', 'marketing')],
    ['bob, who has nothing', 'deny', identified('bob')],
  ])('for %s: %s', (_who, kind, proof) => {
    expect(decide([hr], proof).kind).toBe(kind);
  });
});

it('a page for everybody who is signed in asks for no grant', () => {
  expect(decide('signed-in', identified('bob')).kind).toBe('allow');
  expect(decide('signed-in', null).kind).toBe('challenge');
});

it('whoever only said a name enters what is for users by a grant of its own, and else not', () => {
  const entry = { app: 'sales', name: 'sales' };
  const label = (...grants: string[]): Proof => ({
    kind: 'identified',
    identity: { ...anIdentity('', ...grants), sub: 'label:auth-user:mica' },
  });
  for (const grant of ['sales', 'sales/sales', 'sales/_all_', '_all_'])
    expect(decide('signed-in', label(grant), entry).kind).toBe('allow');
  expect(decide('signed-in', label('hr', 'stock/sales'), entry)).toMatchObject({ kind: 'deny', missing: [entry] });
  expect(decide('signed-in', label('_all_')).kind).toBe('deny');
  expect(decide('signed-in', identified('bob'), entry).kind).toBe('allow');
  expect(decide([hr], label('hr'), entry).kind).toBe('allow');
});

it('whom a connected app vouches for enters its apps, and no other, whatever they have been granted', () => {
  const vouched = (...grants: string[]): Proof => ({
    kind: 'identified',
    identity: { ...anIdentity('alice', ...grants), scope: ['sales/_all_'], connected: 'portal' },
  });
  const entryOf = (app: string) => ({ app, name: app });
  expect(decide('signed-in', vouched(), entryOf('sales')).kind).toBe('allow');
  expect(decide('signed-in', vouched('_all_'), entryOf('stock')).kind).toBe('deny');
  expect(decide('signed-in', vouched('_all_')).kind).toBe('deny');
  expect(decide('guests', vouched('_all_'), entryOf('stock')).kind).toBe('deny');
  expect(decide([hr], vouched('hr')).kind).toBe('allow');
  expect(decide([hr], vouched()).kind).toBe('deny');
  expect(decide([{ ...hr, app: 'stock' }], vouched('hr', '_all_')).kind).toBe('deny');
  expect(decide([hr], { kind: 'identified', identity: { ...anIdentity('alice', '_all_'), scope: [] } }).kind).toBe(
    'deny',
  );
});

it('a public page is open to nobody in particular, even beside a bad password', () => {
  const decision = decide('public', { kind: 'rejected', reason: 'bad-password' });
  expect(decision).toMatchObject({ kind: 'allow', reason: 'public', identity: { sub: '', allowedResources: [] } });
});

it('what needs two resources needs both, and says which is missing', () => {
  expect(decide([hr, marketing], identified('mike', 'marketing'))).toMatchObject({ kind: 'deny', missing: [hr] });
  expect(decide([hr, marketing], identified('bob'))).toMatchObject({ kind: 'deny', missing: [hr, marketing] });
  expect(decide([hr, marketing], identified('ada', 'hr', 'marketing')).kind).toBe('allow');
});

it('an empty list of resources lets nobody in', () => {
  expect(decide([], identified('mica', '_all_')).kind).toBe('deny');
});

const grants = fc.constantFrom('_all_', 'hr', 'marketing', 'sales/hr', 'sales/_all_', 'stock/_all_', 'stock/hr', 'x');
const resources = fc.record({ app: fc.constantFrom('sales', 'stock'), name: fc.constantFrom('hr', 'marketing', 'x') });
const needs: fc.Arbitrary<Need> = fc.oneof(
  fc.constantFrom<Need>('public', 'signed-in'),
  fc.array(resources, { maxLength: 4 }),
);
const reasons = fc.constantFrom('bad-password', 'bad-credentials', 'session-expired', 'duplicate-cookie' as const);
const proofs: fc.Arbitrary<Proof> = fc.oneof(
  fc.constant(null),
  reasons.map((reason) => ({ kind: 'rejected', reason }) as const),
  fc.constant<Proof>({ kind: 'delayed', retryAfterSec: 8 }),
  fc.array(grants, { maxLength: 3 }).map((list) => identified('ada', ...list)),
);

it('allows only what is public, or somebody identified who meets the whole need', () => {
  fc.assert(
    fc.property(needs, proofs, (need, proof) => {
      const decision = decide(need, proof);
      if (decision.kind !== 'allow' || need === 'public') return;
      if (proof?.kind !== 'identified') throw new Error('let somebody in without a proof');
      expect(decision.identity).toBe(proof.identity);
      if (typeof need === 'string') return;
      expect(need.length).toBeGreaterThan(0);
      for (const resource of need) {
        expect(proof.identity.allowedResources.some((grant) => covers(grant, resource))).toBe(true);
      }
    }),
  );
});

it('never refuses more by a further grant, never allows more by a further need', () => {
  const rank = { challenge: 0, wait: 0, deny: 1, allow: 2 };
  fc.assert(
    fc.property(
      fc.array(resources, { minLength: 1 }),
      fc.array(grants),
      grants,
      resources,
      (need, has, more, other) => {
        const before = rank[decide(need, identified('ada', ...has)).kind];
        expect(rank[decide(need, identified('ada', ...has, more)).kind]).toBeGreaterThanOrEqual(before);
        expect(rank[decide([...need, other], identified('ada', ...has)).kind]).toBeLessThanOrEqual(before);
      },
    ),
  );
});
