import fc from 'fast-check';
import { expect, it } from 'vitest';
import { basic, cookieOf, startGate, userLine } from '../support/gate.ts';

// Traefik CVE-2026-71326 (a single-flight key that two users shared); Oathkeeper CVE-2021-32701, CVE-2026-33496 (a cache
// key without all that the answer hangs on); Authelia's no-collision fuzz.

/** Names and passwords that run together to one text in many ways. */
const PEOPLE: [user: string, password: string][] = [
  ['a', 'bc'],
  ['ab', 'c'],
  ['abc', ''],
  ['a', 'b:c'],
  ['1', '2:ab'],
  ['12', ':ab'],
  ['a1', '1:a'],
  ['a11', ':a'],
  ['2', 'ab'],
];

it('no two credentials share an answer, asked one after the other or at once', async () => {
  const users = PEOPLE.filter(
    ([user, password], index) => password !== '' && PEOPLE.findIndex(([name]) => name === user) === index,
  );
  const lines = await Promise.all(users.map(([user, password]) => userLine(`"${user}"`, password)));
  await using gate = await startGate({
    users: `users:\n${lines.join('')}`.replaceAll('email: "', 'email: x').replaceAll('"@example', '@example'),
  });
  const isRight = (user: string, password: string): boolean =>
    users.some(([name, own]) => name === user && own === password);
  const text = fc
    .array(fc.constantFrom('a', 'b', 'c', ':', '1', '2', '\u00e9', 'e\u0301'), { minLength: 1, maxLength: 4 })
    .map((all) => all.join(''));
  const credential = fc.oneof(
    fc.constantFrom(...PEOPLE),
    fc.tuple(
      text.filter((user) => !user.includes(':')),
      text,
    ),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(credential, { minLength: 2, maxLength: 8 }), async (all) => {
      const answers = await Promise.all(
        all.map(([user, password]) => gate.ask('/x', { headers: { Authorization: basic(user, password) } })),
      );
      for (const [index, { status, body }] of answers.entries()) {
        const [user, password] = all[index] ?? ['', ''];
        expect(status, `${user}|${password}`).toBe(isRight(user, password) ? 200 : 401);
        if (status === 200) expect(JSON.parse(body).headers['x-dashgate-user']).toBe(user);
      }
    }),
    { numRuns: 60 },
  );
});

it('a password that was right makes no other right', async () => {
  await using gate = await startGate();
  expect((await gate.ask('/x', { headers: { Authorization: basic('mica', 'mica-Gz7') } })).status).toBe(200);
  for (const [user, password] of [
    ['mica', 'mica-Gz'],
    ['mica', 'mica-Gz7 '],
    ['mica', 'MICA-Gz7'],
    ['mica', ''],
    ['mike', 'mica-Gz7'],
    ['micam', 'ica-Gz7'],
  ] as const) {
    expect((await gate.ask('/x', { headers: { Authorization: basic(user, password) } })).status).toBe(401);
  }
});

// tinyauth CVE-2026-33544: what belongs to one request stood in a place that all share.
it('logins and requests of many at once never swap who they are', async () => {
  await using gate = await startGate();
  const users = ['mica', 'mike', 'hanna', 'nora'] as const;
  const passwords = { mica: 'mica-Gz7', mike: 'mike-Qp4', hanna: 'hanna-Vt2', nora: 'nora-Xb9' };
  await Promise.all(
    Array.from({ length: 60 }, async (_, index) => {
      const user = users[index % users.length] ?? 'nora';
      const cookie =
        index % 2 === 0
          ? await gate.signIn(user)
          : cookieOf(await gate.ask('/x', { headers: { Authorization: basic(user, passwords[user]) } }));
      const headers = { Cookie: cookie };
      const [page, asked, who] = await Promise.all([
        gate.ask(`/x?${index}`, { headers }),
        gate.verify(`/x?${index}`, { headers }),
        gate.ask('/_dashgate/session', { headers }),
      ]);
      const seen = JSON.parse(page.body);
      expect([seen.url, seen.headers['x-dashgate-user']]).toEqual([`/x?${index}`, user]);
      expect(asked.headers.get('x-dashgate-user')).toBe(user);
      expect(JSON.parse(who.body).user).toBe(user);
    }),
  );
});
