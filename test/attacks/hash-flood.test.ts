import { expect, it } from 'vitest';
import { COST } from '../../src/directories/hash/argon2.ts';
import { basic, basicOf, startGate, usersFile } from '../support/gate.ts';

// authcrunch CVE-2024-21500 (no limit on attempts); tinyauth CVE-2026-77561 (256 bogus names locked everybody out).

it('a rush of passwords is told to wait, and whoever is signed in notices nothing', async () => {
  await using gate = await startGate({ users: await usersFile({}, COST) });
  const cookie = await gate.signIn('nora');
  await gate.ask('/x', { headers: { Authorization: basicOf('mica') } });
  let isOver = false;
  const flood = Promise.all(
    Array.from({ length: 150 }, (_, index) => {
      const headers = { Authorization: basic(`nobody-${index}`, 'wrong') };
      return index % 3 === 0 ? gate.verify('/x', { headers }) : gate.ask('/x', { headers });
    }),
  ).finally(() => {
    isOver = true;
  });
  const during: number[] = [];
  const times: number[] = [];
  while (!isOver && during.length < 400) {
    const began = performance.now();
    during.push((await gate.ask('/x', { headers: { Cookie: cookie } })).status);
    during.push((await gate.verify('/x', { headers: { Authorization: basicOf('mica') } })).status);
    times.push(performance.now() - began);
  }
  const answers = await flood;
  expect(during.length).toBeGreaterThan(4);
  expect(new Set(during)).toEqual(new Set([200]));
  expect(times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)]).toBeLessThan(500);

  const shown = answers.map(({ status, headers }) => Number(headers.get('x-dashgate-status') ?? status));
  expect(new Set(shown)).toEqual(new Set([401, 503]));
  for (const [index, answer] of answers.entries()) {
    if (shown[index] !== 503) continue;
    expect(answer.status).toBe(index % 3 === 0 ? 403 : 503);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  }
  // Nobody was locked out by it.
  expect(await gate.signIn('mike')).toMatch(/^dashgate=/);
});

it('equal credentials at once cost one hash', async () => {
  await using gate = await startGate({ users: await usersFile({}, COST) });
  const answers = await Promise.all(
    Array.from({ length: 120 }, () => gate.ask('/x', { headers: { Authorization: basicOf('mica') } })),
  );
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
});
