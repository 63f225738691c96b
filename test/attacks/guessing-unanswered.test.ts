import { expect, it } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { basic, type Gate, PASSWORDS, startGate } from '../support/gate.ts';

// A password that one directory has looked at is guessed, whatever becomes of the next one: else whoever guesses waits until
// the other is down, or brings it down, and reads "wrong" from 503 as often as they like.

const from = (address: string) => ({ 'X-Forwarded-For': address });

const startHalf = async (order: 'file first' | 'ldap first'): Promise<Gate> => {
  const file = { file: 'users.yaml' };
  const ldap = { ldap: { url: `ldap://127.0.0.1:${await freePort()}`, base_dn: 'dc=example,dc=com' } };
  return startGate({
    attempts: { limit: 'on' },
    server: { trusted_proxies: ['127.0.0.1', 'unix'] },
    directories: order === 'file first' ? [file, ldap] : [ldap, file],
  });
};

const logIn = async (gate: Gate, user: string, password: string, address: string): Promise<number> => {
  const headers = { 'Content-Type': 'application/json', ...from(address) };
  const body = JSON.stringify({ user, password });
  return (await gate.ask('/_dashgate/login', { method: 'POST', headers, body })).status;
};
const askBasic = async (gate: Gate, user: string, password: string, address: string): Promise<number> =>
  (await gate.ask('/x', { headers: { Authorization: basic(user, password), ...from(address) } })).status;

it.each([
  ['the form', logIn],
  ['Basic', askBasic],
])('guesses by %s count while a later directory is down, for known and unknown names alike', async (_by, guess) => {
  await using gate = await startHalf('file first');
  for (const user of ['mica', 'nobody']) {
    const found: number[] = [];
    for (let i = 0; i < 7; i++) found.push(await guess(gate, user, `guess ${i}`, `198.51.100.${i}`));
    expect(found).toEqual([503, 503, 503, 503, 503, 429, 429]);
  }
  expect(await guess(gate, 'mica', PASSWORDS.mica, '198.51.100.99')).toBe(429);
  expect(await guess(gate, 'mike', PASSWORDS.mike, '198.51.100.99')).toBe(200);
});

it('what no directory has looked at does not count', async () => {
  await using gate = await startHalf('ldap first');
  for (let i = 0; i < 8; i++) expect(await logIn(gate, 'mica', `guess ${i}`, `198.51.100.${i}`)).toBe(503);
});
