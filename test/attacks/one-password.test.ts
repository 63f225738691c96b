import { expect, it } from 'vitest';
import { basic, cookieOf, type Gate, startGate } from '../support/gate.ts';
import { askTokens, BEARER_APPS } from '../support/tokens.ts';

// A name that nobody proved is nobody's: neither later, nor by a token, nor once the password is another
// (Pomerium CVE-2021-41230, authentik CVE-2025-53942: what was let in before stays in).

/** Comes by the one password as `mica`. */
async function come(gate: Gate, password: string): Promise<string> {
  const answer = await gate.ask('/report', { headers: { Authorization: basic('mica', password) } });
  expect(answer.status).toBe(200);
  return cookieOf(answer);
}
const statusOf = async (gate: Gate, Cookie: string, path = '/report'): Promise<number> =>
  (await gate.ask(path, { headers: { Cookie } })).status;

it('a session of a name that somebody only typed is not that of who has this name in a file later', async () => {
  await using gate = await startGate({
    directories: [{ anyone: { password: 'one-for-all' } }],
    grants: { users: { mica: ['hr'] } },
    prepare: async (dir) => void (await dir.write('passwords.json', '{"mica": "pw of mica"}')),
  });
  const cookie = await come(gate, 'one-for-all');
  expect([await statusOf(gate, cookie), await statusOf(gate, cookie, '/hr')]).toEqual([200, 403]);
  await gate.reconfigure({ directories: [{ file: 'passwords.json', plaintext: true }] });
  await gate.restart();
  expect([await statusOf(gate, cookie), await statusOf(gate, cookie, '/hr')]).toEqual([401, 401]);
  expect((await gate.ask('/hr', { headers: { Authorization: basic('mica', 'pw of mica') } })).status).toBe(200);
});

it('another password ends the sessions of all who came by the one before', async () => {
  await using gate = await startGate({
    directories: [{ anyone: { password_file: 'shared.password' } }],
    prepare: async (dir) => void (await dir.write('shared.password', 'one-for-all\n', 0o600)),
  });
  const cookie = await come(gate, 'one-for-all');
  await gate.restart();
  expect(await statusOf(gate, cookie)).toBe(200);
  await gate.dir.write('shared.password', 'another-one\n', 0o600);
  await gate.restart();
  expect(await statusOf(gate, cookie)).toBe(401);
  gate.advance(2000);
  expect(await statusOf(gate, await come(gate, 'another-one'))).toBe(200);
});

it('whoever comes by it can neither make access tokens nor see those of that name', async () => {
  await using gate = await startGate({ apps: BEARER_APPS, directories: [{ anyone: { password: 'one-for-all' } }] });
  const cookie = await come(gate, 'one-for-all');
  expect((await askTokens(gate, cookie, 'POST', { name: 'nightly', password: 'one-for-all' })).status).toBe(403);
  expect((await askTokens(gate, cookie, 'GET')).status).toBe(403);
});

it('nor see, or end, the sessions of others who typed that name', async () => {
  await using gate = await startGate({ directories: [{ anyone: { password: 'one-for-all' } }] });
  const [one, other] = [await come(gate, 'one-for-all'), await gate.signIn('mica', 'one-for-all')];
  const headers = { Cookie: one, 'Content-Type': 'application/json' };
  const { body } = await gate.ask('/_dashgate/sessions', { headers });
  expect(JSON.parse(body).sessions).toHaveLength(1);
  expect((await gate.ask('/_dashgate/sessions', { method: 'DELETE', headers })).status).toBe(403);
  expect(await statusOf(gate, other)).toBe(200);
});
