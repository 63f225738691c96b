import { expect, it } from 'vitest';
import { basicOf, startGate, usersFile } from './gate.ts';

it('stands in front of its dashboard, both ways, and starts again', async () => {
  await using gate = await startGate();
  const cookie = await gate.signIn('mike');
  expect((await gate.ask('/x?y', { headers: { cookie } })).status).toBe(200);
  expect(gate.upstream.last()).toMatchObject({ url: '/x?y', headers: { 'x-dashgate-user': 'mike' } });
  expect((await gate.verify('/x', { headers: { Authorization: basicOf('mica') } })).status).toBe(200);
  expect((await gate.verify('/x')).status).toBe(401);
  await gate.restart();
  expect((await gate.ask('/x', { headers: { cookie } })).status).toBe(200);
  gate.advance(9 * 3600 * 1000);
  expect((await gate.ask('/x', { headers: { cookie } })).status).toBe(401);
});

it('takes over what its files say', async () => {
  await using gate = await startGate();
  await gate.dir.write('users.yaml', await usersFile({ mike: null }));
  await gate.logged(/users(?: file|\.yaml) reloaded/);
  await expect(gate.signIn('mike')).rejects.toThrow('401');
  await gate.reconfigure({ grants: { users: { nora: ['hr'] } } });
  expect((await gate.ask('/hr', { headers: { Authorization: basicOf('nora') } })).status).toBe(200);
});
