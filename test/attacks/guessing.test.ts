import { describe, expect, it } from 'vitest';
import { basic, basicOf, type Gate, startGate, userLine, usersFile } from '../support/gate.ts';

const LIMITED = { attempts: {} };

const login = (gate: Gate, user: string, password: string) =>
  gate.ask('/_dashgate/login', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ user, password }),
  });
const byBasic = (gate: Gate, user: string, password: string) =>
  gate.ask('/x', { headers: { Authorization: basic(user, password) } });

// Authelia CVE-2025-24806, CVE-2026-47203
describe('another spelling of a name is no fresh start', () => {
  it.each([
    ['case', ['mica', 'MICA', 'Mica', 'mICA', 'miCA', 'micA'], 'mica-Gz7'],
    ['composed and decomposed', ['zo\u00e9', 'zoe\u0301', 'ZO\u00c9', 'ZOE\u0301', 'Zo\u00e9', 'zOe\u0301'], 'zoe-Hf5'],
  ])('by %s', async (_what, spellings, password) => {
    await using gate = await startGate({
      ...LIMITED,
      users: `${await usersFile()}${(await userLine('zo\u00e9', 'zoe-Hf5')).replace('zo\u00e9@', 'zoe@')}`,
    });
    const [first = '', ...others] = spellings;
    for (const [index, user] of others.entries()) {
      const answer = await (index % 2 === 0 ? login : byBasic)(gate, user, `wrong-${index}`);
      expect(answer.status, `${index}`).toBe(401);
    }
    for (const ask of [login, byBasic]) {
      const answer = await ask(gate, first, password);
      expect(answer.status).toBe(429);
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    }
    const asked = await gate.verify('/x', { headers: { Authorization: basic(first, password) } });
    expect([asked.status, asked.headers.get('x-dashgate-status')]).toEqual([403, '429']);
    expect(Number(asked.headers.get('retry-after'))).toBeGreaterThan(0);
    gate.advance(3_600_000);
    expect((await login(gate, first, password)).status).toBe(200);
  });
});

it('while a name has to wait, a right password looks like a wrong one', async () => {
  await using gate = await startGate(LIMITED);
  for (let index = 0; index < 6; index++) await byBasic(gate, 'mica', `wrong-${index}`);
  const comparable = async (password: string): Promise<unknown> => {
    const { status, headers, body } = await login(gate, 'mica', password);
    return [status, [...headers].filter(([name]) => !/^(?:date|x-request-id)$/.test(name)), body];
  };
  expect(await comparable('mica-Gz7')).toEqual(await comparable('wrong'));
});

// tinyauth CVE-2026-77561: 256 bogus names, and nobody could sign in any more.
it('many bogus names lock out nobody who is somebody', async () => {
  await using gate = await startGate(LIMITED);
  const cookie = await gate.signIn('hanna');
  for (let index = 0; index < 600; index += 20) {
    await Promise.all(Array.from({ length: 20 }, (_, more) => byBasic(gate, `nobody-${index + more}`, 'x')));
  }
  expect((await gate.ask('/x', { headers: { Cookie: cookie } })).status).toBe(200);
  expect((await gate.ask('/x', { headers: { Authorization: basicOf('nora') } })).status).toBe(200);
  expect(await gate.signIn('mike')).toMatch(/^dashgate=/);
});

it('guesses at one name are nothing to another, and a session goes on while its name has to wait', async () => {
  await using gate = await startGate(LIMITED);
  const cookie = await gate.signIn('nora');
  for (let index = 0; index < 8; index++) await byBasic(gate, 'mica', `wrong-${index}`);
  expect((await byBasic(gate, 'mica', 'mica-Gz7')).status).toBe(429);
  expect(await gate.signIn('mike')).toMatch(/^dashgate=/);
  expect((await gate.ask('/x', { headers: { Cookie: cookie } })).status).toBe(200);
});

it('X-Forwarded-For of nobody’s proxy is no way around it', async () => {
  await using gate = await startGate(LIMITED);
  const statuses: number[] = [];
  for (let index = 0; index < 9; index++) {
    const headers = {
      Authorization: basic('mica', `wrong-${index}`),
      'X-Forwarded-For': `203.0.113.${index}`,
      'X-Real-IP': `203.0.113.${index}`,
      Cookie: `dashgate-device=1.AAAAAAAAAAAAAAA${index}.${'A'.repeat(43)}`,
    };
    statuses.push((await gate.ask('/x', { headers })).status);
  }
  expect(statuses.slice(-3)).toEqual([429, 429, 429]);
});
