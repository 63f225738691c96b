import { once } from 'node:events';
import { expect, it } from 'vitest';
import WebSocket from 'ws';
import type { Gate } from '../support/gate.ts';
import { type Instances, startInstances } from '../support/instances.ts';
import { needs } from '../support/needs.ts';
import { startRedis } from '../support/start-redis.ts';
import { askTokens, BEARER_APPS, bearer, makeToken, statusesOf } from '../support/tokens.ts';
import { dashgate } from './command.ts';

const start = (url: string): Promise<Instances> => startInstances({ store: url }, { apps: BEARER_APPS });
const refusedAt = async (gate: Gate, token: string): Promise<number> => {
  await expect.poll(async () => (await gate.ask('/x', { headers: bearer(token) })).status, { interval: 5 }).toBe(401);
  return performance.now();
};

needs('redis')('tokens of two instances on one Redis', () => {
  it('made at one count at the other, and end there within a second, open websockets too', async () => {
    await using redis = await startRedis();
    await using two = await start(redis.url);
    const { a, b } = two;
    const { token, id } = await makeToken(a, 'hanna');
    expect(await statusesOf(b, token)).toEqual([200, 200]);
    const socket = new WebSocket(`ws://127.0.0.1:${b.port}/live`, { headers: { ...bearer(token), Host: b.host } });
    await once(socket, 'open');
    const closed = once(socket, 'close');
    const cookie = await b.signIn('hanna');
    expect(JSON.parse((await askTokens(b, cookie, 'GET')).body).tokens).toMatchObject([{ id }]);
    await askTokens(a, cookie, 'DELETE', undefined, `/${id}`);
    const revokedMs = performance.now();
    expect((await refusedAt(b, token)) - revokedMs).toBeLessThan(1000);
    expect((await closed)[0]).toBe(4401);
    expect(JSON.parse((await askTokens(b, cookie, 'GET')).body).tokens).toEqual([]);
  });

  it('are listed and ended by an operator', async () => {
    await using redis = await startRedis();
    await using two = await start(redis.url);
    const { a, b } = two;
    const [one, other] = [await makeToken(a, 'hanna', { name: 'one' }), await makeToken(b, 'hanna', { name: 'other' })];
    const revoke = (...args: string[]) => dashgate(['revoke', ...args, '--config', a.dir.file('dashgate.yaml')]);
    const { stdout } = await revoke('hanna', '--list');
    const rows = stdout.split('\n').filter((line) => line.startsWith('token\t'));
    expect(rows.map((row) => row.split('\t')[5]).toSorted()).toEqual(['one', 'other']);
    expect(await revoke('--token', one.id)).toMatchObject({ code: 0, stdout: 'file:hanna: that token has ended\n' });
    await refusedAt(a, one.token);
    await refusedAt(b, one.token);
    expect(await statusesOf(a, other.token)).toEqual([200, 200]);
    expect((await revoke('--token', one.id)).code).toBe(1);
    expect((await revoke('hanna', '--token', one.id)).code).toBe(2);
    expect((await revoke('hanna')).code).toBe(0);
    await refusedAt(a, other.token);
    await refusedAt(b, other.token);
    // And there is room for new ones.
    expect(await statusesOf(b, (await makeToken(a, 'hanna')).token)).toEqual([200, 200]);
  });

  it('go on while Redis is lost where they were seen, and are answered 503 where they were not', async () => {
    await using redis = await startRedis();
    await using two = await start(redis.url);
    const { a, b } = two;
    const cookie = await a.signIn('hanna');
    const { token } = await makeToken(a, 'hanna');
    expect(await statusesOf(a, token)).toEqual([200, 200]);
    await redis[Symbol.asyncDispose]();
    expect(await statusesOf(a, token)).toEqual([200, 200]);
    expect((await b.ask('/x', { headers: bearer(token) })).status).toBe(503);
    expect((await askTokens(a, cookie, 'POST', { name: 'more' })).status).toBe(503);
    a.advance(16 * 60_000);
    expect((await a.ask('/x', { headers: bearer(token) })).status).toBe(503);
  });
});
