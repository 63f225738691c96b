import fc from 'fast-check';
import { expect, it } from 'vitest';
import { sealToFit } from './fit.ts';
import type { Session } from './session.ts';

const MOST = 3000;
/** Grows with what is in it, as a sealed token does. */
const seal = async (session: Session): Promise<string> => JSON.stringify(session);

const texts = fc.array(fc.string({ maxLength: 60 }), { maxLength: 60 });
const session: fc.Arbitrary<Session> = fc.record({
  sub: fc.string({ maxLength: 100 }),
  name: fc.string({ maxLength: 4000 }),
  email: fc.string({ maxLength: 4000 }),
  groups: texts,
  allowedResources: texts,
  amr: fc.constantFrom([], ['pwd']),
  authTimeSec: fc.nat(),
  jti: fc.base64String({ maxLength: 22 }),
  writtenSec: fc.nat(),
  endsSec: fc.nat(),
});

it('claims are left out by the rule, each whole or not at all, and never who it is, which session, or until when', async () => {
  await fc.assert(
    fc.asyncProperty(session, async (whole) => {
      const { session: brief, token } = await sealToFit(whole, MOST, seal);
      expect(token.length).toBeLessThanOrEqual(MOST);
      const { name, email, groups, allowedResources, ...kept } = brief;
      const { name: _n, email: _e, groups: _g, allowedResources: _a, ...mustStay } = whole;
      expect(kept).toEqual(mustStay);
      const rule = [
        [allowedResources, whole.allowedResources],
        [groups, whole.groups],
        [email, whole.email],
        [name, whole.name],
      ] as const;
      const isWhole = rule.map(([now, before]) => now === before);
      // What is left out comes before what stays, and what stays is what it was.
      const first = isWhole.lastIndexOf(false) + 1;
      for (const [at, [now]] of rule.entries()) if (at < first && !isWhole[at]) expect(now).toHaveLength(0);
      if ((await seal(whole)).length <= MOST) expect(brief).toBe(whole);
      // None more than there had to be.
      else if (first > 0) expect(isWhole.slice(0, first).every((stays) => !stays)).toBe(true);
    }),
    { numRuns: 200 },
  );
});

it('a session that cannot be made to fit is refused', async () => {
  await expect(
    sealToFit(
      {
        ...{ sub: 'x'.repeat(MOST), name: '', email: '', groups: [], allowedResources: [], amr: [] },
        ...{ authTimeSec: 1, jti: 'j', writtenSec: 1, endsSec: 2 },
      },
      MOST,
      seal,
    ),
  ).rejects.toThrow(RangeError);
});

it('of what a provider said nothing that decides anything is left out', async () => {
  const vouched: Session = {
    ...{
      sub: 'corp:1',
      name: 'x'.repeat(MOST),
      email: 'a@example.com',
      groups: ['a'],
      allowedResources: ['b'],
      amr: [],
    },
    ...{
      authTimeSec: 1,
      jti: 'j',
      writtenSec: 1,
      endsSec: 2,
      provider: { issuer: 'https://id', sid: null, user: null },
    },
  };
  expect((await sealToFit(vouched, MOST, seal)).session).toEqual({ ...vouched, name: '' });
  const groups = Array.from({ length: MOST }, (_, at) => `${at}`);
  await expect(sealToFit({ ...vouched, groups }, MOST, seal)).rejects.toThrow(RangeError);
});
