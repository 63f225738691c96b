import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { RedisStore } from '../../src/session/store-redis.ts';
import { freePort } from '../support/free-port.ts';
import { needs } from '../support/needs.ts';
import { type OpenRedisOptions, openRedis } from '../support/open-redis.ts';
import { program } from '../support/programs.ts';
import { certificates } from '../support/proxy-stage.ts';
import { type Redis, type RedisOptions, startRedis } from '../support/start-redis.ts';

const LATER = Math.floor(Date.now() / 1000) + 9000;
const session = (jti: string) => ({ jti, sub: 'file:mica', beganSec: Math.floor(Date.now() / 1000) });
const WAIT = { timeout: 30_000, interval: 20 };

needs(
  'redis',
  'redis-cli',
  'openssl',
)('a real Redis', () => {
  let closing: AsyncDisposableStack;
  beforeEach(() => {
    closing = new AsyncDisposableStack();
  });
  afterEach(() => closing.disposeAsync());
  const start = async (options?: RedisOptions): Promise<Redis> => closing.use(await startRedis(options));
  const open = async (options: OpenRedisOptions): Promise<RedisStore> => {
    const store = await openRedis(options);
    closing.defer(() => store.close());
    return store;
  };
  const knows = (store: RedisStore, jti: string) => expect.poll(() => store.isRevoked(session(jti)), WAIT).toBe(true);
  const isBack = (store: RedisStore) => expect.poll(() => store.isReady(), WAIT).toBe(true);

  it('behind sentinels: the way leads to the new master after the old one is gone, and nothing that was ended comes back', async () => {
    const master = await start();
    const replica = await start({ conf: `save ""\nreplicaof 127.0.0.1 ${master.port}` });
    const watch = [
      `sentinel monitor mine 127.0.0.1 ${master.port} 2`,
      'sentinel down-after-milliseconds mine 500',
      'sentinel failover-timeout mine 3000',
    ].join('\n');
    const sentinels: Redis[] = [];
    for (let at = 0; at < 3; at++) sentinels.push(await start({ conf: watch, isSentinel: true }));
    await expect.poll(() => replica.ask('INFO', 'replication'), WAIT).toMatch(/master_link_status:up/);
    await expect.poll(() => sentinels[0]?.ask('SENTINEL', 'CKQUORUM', 'mine'), WAIT).toMatch(/^OK 3 /);
    await expect.poll(() => sentinels[0]?.ask('INFO', 'sentinel'), WAIT).toMatch(/slaves=1/);
    // One that is not there does no harm.
    const hosts = [`127.0.0.1:${await freePort()}`, ...sentinels.map(({ port }) => `127.0.0.1:${port}`)];
    const url = `redis+sentinel://${hosts.join(',')}/mine`;
    const [here, there] = [await open({ url }), await open({ url })];
    here.revoke('before', LATER);
    await here.confirm();
    await knows(there, 'before');
    await master.kill();
    here.revoke('meanwhile', LATER);
    expect(here.isRevoked(session('meanwhile'))).toBe(true);
    // The loss may not have been noticed yet, so being ready says nothing of the new master.
    await expect.poll(() => here.confirm().then(() => 'written', String), WAIT).toBe('written');
    await knows(there, 'meanwhile');
    expect(await replica.ask('ZCARD', '{dashgate}:ended-sessions')).toBe(3);
    const late = await open({ url });
    expect([late.isRevoked(session('before')), late.isRevoked(session('meanwhile'))]).toEqual([true, true]);
    await expect(open({ url: url.replace(/mine$/, 'other') })).rejects.toThrow(/know no master called other/);
  });

  it('in a cluster of three: the way leads to the node with our slot, and to another once that is moved', async () => {
    const conf = 'save ""\ncluster-enabled yes\ncluster-config-file $DIR/nodes.conf\ncluster-node-timeout 2000';
    const nodes: Redis[] = [];
    // Their bus is 10,000 above, and is not to be among the ports of outgoing connections either.
    for (let at = 0; at < 3; at++) nodes.push(await start({ conf, port: await freePort(22_000) }));
    const hosts = nodes.map(({ port }) => `127.0.0.1:${port}`);
    const cli = (...args: string[]) => promisify(execFile)(program('redis-cli'), ['--cluster', ...args]);
    await cli('create', ...hosts, '--cluster-yes');
    for (const node of nodes) await expect.poll(() => node.ask('CLUSTER', 'INFO'), WAIT).toMatch(/cluster_state:ok/);
    const url = `redis+cluster://${hosts.join(',')}`;
    // Of many prefixes some lie on each node.
    for (const prefix of ['one', 'two', 'three', 'dashgate']) {
      const [here, there] = [await open({ url, prefix }), await open({ url, prefix })];
      here.revoke('a', LATER);
      await here.confirm();
      await knows(there, 'a');
      expect(await here.once('handoff:a', LATER)).toBe(true);
      expect(await there.once('handoff:a', LATER)).toBe(false);
    }
    const here = await open({ url });
    const slot = Number(await nodes[0]?.ask('CLUSTER', 'KEYSLOT', '{dashgate}'));
    const ids = await Promise.all(nodes.map((node) => node.ask('CLUSTER', 'MYID')));
    const holds = await Promise.all(
      nodes.map(async (node) => Number(await node.ask('CLUSTER', 'COUNTKEYSINSLOT', `${slot}`)) > 0),
    );
    const from = holds.indexOf(true);
    const to = (from + 1) % 3;
    const [source, target] = [nodes[from], nodes[to]];
    const keys = await source?.ask('CLUSTER', 'GETKEYSINSLOT', `${slot}`, '100');
    await target?.ask('CLUSTER', 'SETSLOT', `${slot}`, 'IMPORTING', String(ids[from]));
    await source?.ask('CLUSTER', 'SETSLOT', `${slot}`, 'MIGRATING', String(ids[to]));
    const moved = ['MIGRATE', '127.0.0.1', `${target?.port}`, '', '0', '5000', 'KEYS'];
    await source?.ask(...moved, ...(Array.isArray(keys) ? keys.map(String) : []));
    for (const node of [target, source, nodes[(from + 2) % 3]])
      await node?.ask('CLUSTER', 'SETSLOT', `${slot}`, 'NODE', String(ids[to]));
    here.revoke('moved', LATER);
    await expect.poll(() => target?.ask('ZSCORE', '{dashgate}:ended-sessions', 'moved'), WAIT).toBe(LATER);
    await isBack(here);
    const late = await open({ url });
    expect([late.isRevoked(session('a')), late.isRevoked(session('moved'))]).toEqual([true, true]);
  });

  it('over TLS by the authority that is named, and by no other', async () => {
    const right = certificates('IP:127.0.0.1,DNS:localhost');
    const wrong = certificates('IP:127.0.0.1');
    const tlsPort = await freePort();
    await start({
      conf: `save ""\ntls-port ${tlsPort}\ntls-auth-clients no\ntls-cert-file ${right.cert}\ntls-key-file ${right.key}\ntls-ca-cert-file ${right.ca}`,
    });
    const url = `rediss://127.0.0.1:${tlsPort}`;
    const store = await open({ url, ca: readFileSync(right.ca, 'utf8') });
    store.revoke('a', LATER);
    await store.confirm();
    await expect(open({ url, ca: readFileSync(wrong.ca, 'utf8') })).rejects.toThrow(/certificate/);
    await expect(open({ url })).rejects.toThrow(/certificate/);
    // A server that only speaks plainly is not spoken to in plain.
    await expect(open({ url: `redis://127.0.0.1:${tlsPort}`, startWithinMs: 500 })).rejects.toThrow();
  });

  it('that refuses new connections for a while is waited for at the start', async () => {
    const port = await freePort();
    const opening = openRedis({ url: `redis://127.0.0.1:${port}` });
    const socket = connect(port, '127.0.0.1').on('error', () => {});
    socket.destroy();
    await start({ port });
    const store = await opening;
    closing.defer(() => store.close());
    expect(store.isReady()).toBe(true);
  });
});
