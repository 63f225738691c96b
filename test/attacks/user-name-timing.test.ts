import { describe, expect, it } from 'vitest';
import { COST } from '../../src/directories/hash/argon2.ts';
import { areaUnderCurve } from '../support/area-under-curve.ts';
import { basic, type Gate, startGate, usersFile } from '../support/gate.ts';

// Traefik CVE-2026-32595, CVE-2026-41263; tinyauth #1004: how long a refusal takes says which names exist.

const PAIRS = 70;

async function timed(ask: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await ask();
  return performance.now() - began;
}

const ways: [string, (gate: Gate, user: string, password: string) => Promise<{ status: number }>][] = [
  [
    'the login page',
    (gate, user, password) =>
      gate.ask('/_dashgate/login', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ user, password }),
      }),
  ],
  ['Basic', (gate, user, password) => gate.ask('/x', { headers: { Authorization: basic(user, password) } })],
];

describe('an unknown user and a wrong password', () => {
  it.each(ways)('take the same time at %s, and answer the same', async (_what, ask) => {
    // Dear enough that a hash that is left out would be seen.
    await using gate = await startGate({ users: await usersFile({}, { m: COST.m / 2, t: 1 }) });
    const times = { known: [] as number[], unknown: [] as number[], none: [] as number[] };
    for (let pair = 0; pair < PAIRS; pair++) {
      const order = pair % 2 === 0 ? (['known', 'unknown'] as const) : (['unknown', 'known'] as const);
      for (const which of order) {
        const user = which === 'known' ? 'mica' : `nobody-${pair}`;
        times[which].push(await timed(() => ask(gate, user, `wrong-${pair}`)));
      }
      times.none.push(await timed(() => gate.ask('/_dashgate/login')));
    }
    const rankOfKnown = areaUnderCurve(times.known, times.unknown);
    expect(rankOfKnown).toBeGreaterThan(0.3);
    expect(rankOfKnown).toBeLessThan(0.7);
    // The control: where no hash is made, the difference is plain.
    expect(areaUnderCurve(times.unknown, times.none)).toBeGreaterThan(0.75);

    const answers = await Promise.all([ask(gate, 'mica', 'wrong'), ask(gate, 'nobody', 'wrong')]);
    const [known, unknown] = answers.map((answer) => comparable(answer));
    expect(known).toEqual(unknown);
  });

  it('a password that can be nobody’s costs the same too', async () => {
    await using gate = await startGate({ users: await usersFile({}, { m: COST.m / 2, t: 1 }) });
    const [, ask] = ways[1] ?? [];
    const times = { long: [] as number[], wrong: [] as number[] };
    for (let pair = 0; pair < 30; pair++) {
      times.long.push(await timed(async () => ask?.(gate, 'mica', `${pair}${'x'.repeat(1_100)}`)));
      times.wrong.push(await timed(async () => ask?.(gate, 'mica', `wrong-${pair}`)));
    }
    const rankOfLong = areaUnderCurve(times.long, times.wrong);
    expect(rankOfLong).toBeGreaterThan(0.25);
    expect(rankOfLong).toBeLessThan(0.75);
  });
});

function comparable(answer: { status: number; headers?: Headers; body?: string }): unknown {
  const headers = [...(answer.headers ?? [])].filter(([name]) => !/^(?:date|x-request-id)$/.test(name));
  return { status: answer.status, headers, body: answer.body };
}
