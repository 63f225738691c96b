import { expect, it } from 'vitest';
import { anIdentity } from '../../test/support/a-request.ts';
import type { Person } from '../directories/directory.ts';
import { createActing } from './acting.ts';
import type { Identity } from './identity.ts';

const person = (user: string, ...groups: string[]): Person => ({
  ...{ sub: `file:${user}`, user, name: user, email: '', groups, allowedResources: [] },
});
const PEOPLE = [
  person('mike', 'sales'),
  person('root', 'support'),
  person('ceo', 'board'),
  person('payroll'),
  person('ada', 'support'),
];
const acting = createActing({
  impersonation: { groups: ['support'], lifetimeSec: 60, except: { groups: ['board'], users: ['Payroll'] } },
  directory: {
    current: (sub) => PEOPLE.find((each) => each.sub === sub) ?? null,
    find: async (user) => PEOPLE.find((each) => each.user === user.toLowerCase()) ?? null,
  },
});
const ada: Identity = { ...anIdentity('ada'), sub: 'file:ada', groups: ['support'] };

it('is for members of the named groups, by a session of their own', () => {
  expect(acting.mayAct(ada)).toBe(true);
  expect(acting.mayAct({ ...ada, groups: ['Support', 'sales'] })).toBe(false);
  expect(acting.mayAct({ ...ada, act: { sub: 'file:root', user: 'root', name: '' } })).toBe(false);
  expect(acting.mayAct({ ...ada, sub: 'label:auth-user:ada' })).toBe(false);
});

it.each([
  ['mike', 'file:mike'],
  ['MIKE', 'file:mike'],
  ['nobody', 'unknown'],
  ['ada', 'protected'],
  ['root', 'protected'],
  ['ceo', 'protected'],
  ['payroll', 'protected'],
])('as %s: %s', async (user, expected) => {
  const found = await acting.find(ada, user);
  expect(typeof found === 'string' ? found : found.sub).toBe(expected);
});

it('lasts while both are who they were', async () => {
  const mike = await acting.personFor(ada, 'file:mike');
  expect(mike).toBe(PEOPLE[0]);
  if (!mike) return;
  expect(acting.isStill(ada, mike)).toBe(true);
  expect(acting.isStill(ada, { ...mike })).toBe(false);
  expect(acting.isStill({ ...ada, groups: [] }, mike)).toBe(false);
  for (const sub of ['file:gone', 'file:ceo', 'file:ada', 'label:auth-none'])
    expect(await acting.personFor(ada, sub)).toBeNull();
  expect(await acting.personFor({ ...ada, groups: [] }, 'file:mike')).toBeNull();
});
