import { once } from 'node:events';
import { expect, it } from 'vitest';
import WebSocket from 'ws';
import { type Gate, userLine } from '../support/gate.ts';
import { startInstances } from '../support/instances.ts';
import { needs } from '../support/needs.ts';
import { startRedis } from '../support/start-redis.ts';
import { startWorkers } from '../support/start-workers.ts';
import { askDoor, type Signed, signedIn, statusesOf, tableauApps, withToken } from '../support/tableau.ts';
import { tempDir } from '../support/temp-dir.ts';
import { dashgate } from './command.ts';

const refusedAt = (gate: Gate, token: string): Promise<void> =>
  expect.poll(() => statusesOf(gate, token), { interval: 20, timeout: 10_000 }).toEqual([401, 401]);

needs('redis')('API tokens of two instances on one Redis', () => {
  it('given at one count at the other, end there too, and are no idler than they are anywhere', async () => {
    await using redis = await startRedis();
    await using two = await startInstances({ store: redis.url }, { apps: tableauApps({}, { idle: '30m', most: 2 }) });
    const { a, b } = two;
    const { token, user, site } = await signedIn(a, 'hanna');
    expect(await statusesOf(b, token)).toEqual([200, 200]);
    expect(await signedIn(b, 'hanna')).toMatchObject({ user, site });
    const socket = new WebSocket(`ws://127.0.0.1:${b.port}/live`, { headers: { ...withToken(token), Host: b.host } });
    await once(socket, 'open');
    const closed = once(socket, 'close');
    await askDoor(a, 'auth/signout', undefined, { headers: withToken(token) });
    await refusedAt(b, token);
    expect((await closed)[0]).toBe(4401);
  });

  it('are bounded together, and listed and ended by an operator', async () => {
    await using redis = await startRedis();
    await using two = await startInstances({ store: redis.url }, { apps: tableauApps({}, { most: 2 }) });
    const { a, b } = two;
    const first = await signedIn(a, 'hanna');
    a.advance(2000);
    b.advance(2000);
    const others = [await signedIn(b, 'hanna'), await signedIn(a, 'hanna')];
    await refusedAt(b, first.token);
    const revoke = (...args: string[]) => dashgate(['revoke', ...args, '--config', a.dir.file('dashgate.yaml')]);
    const listed = async () =>
      (await revoke('hanna', '--list')).stdout.split('\n').filter((line) => line.startsWith('api-'));
    await expect.poll(async () => (await listed()).length, { timeout: 15_000 }).toBeGreaterThanOrEqual(2);
    for (const line of await listed()) await revoke('hanna', '--session', line.split('\t')[0] ?? '');
    for (const { token } of others) for (const gate of [a, b]) await refusedAt(gate, token);
  });
});

it('API tokens are known to every worker, and end in all of them at once', async () => {
  await using dir = await tempDir();
  await dir.write('users.yaml', `users:\n${await userLine('hanna', 'hanna-Vt2')}`);
  const rest = `directories: [{ file: users.yaml }]
apps: [{ name: sales, at: /, upstream: "http://127.0.0.1:9", credentials: [tableau] }]
`;
  await using served = await startWorkers(dir, rest);
  const [first, second] = served.lanes;
  if (!first || !second) throw new Error('two workers were meant to run');
  const post = (lane: typeof first, path: string, headers: Record<string, string>, body?: object) =>
    lane.ask(`/api/3.27/${path}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Accept: 'application/json', ...headers },
      ...(body && { body: JSON.stringify(body) }),
    });
  const answer = await post(first, 'auth/signin', {}, { credentials: { name: 'hanna', password: 'hanna-Vt2' } });
  const { token }: Signed = JSON.parse(answer.body).credentials;
  const at = async (lane: typeof first): Promise<number> =>
    (await lane.ask('/api/3.27/sessions/current', { headers: withToken(token) })).status;
  expect([await at(first), await at(second)]).toEqual([200, 200]);
  expect((await post(second, 'auth/signout', withToken(token))).status).toBe(204);
  expect([await at(first), await at(second)]).toEqual([401, 401]);
});
