import { Agent, request } from 'node:https';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { needs } from '../support/needs.ts';
import { type Stack, startStack } from './stack.ts';

const BUILD_MS = 15 * 60_000;
const WAIT = { timeout: 30_000, interval: 100 };

/** Run in an instance: asks it by its own socket, and prints the status. */
const ASK = `
const [host, cookie, method, path] = process.argv.slice(1);
const headers = { Host: host, Cookie: cookie, Origin: 'https://' + host, 'Content-Type': 'application/json' };
require('node:http').request({ socketPath: '/run/dashgate/public.sock', path, method, headers }, (answer) => {
  answer.resume().once('end', () => console.log(answer.statusCode));
}).end(method === 'POST' ? '{}' : undefined);`;

/** Run beside nginx, which reaches both: signs out on one, and asks the other until it refuses. Prints the milliseconds between. */
const SIGN_OUT = `
host=$0 cookie=$1
ask_two() { curl -s -o /dev/null -w '%{http_code}' --unix-socket /run/two/public.sock -H "Cookie: $cookie" "http://$host/only/"; }
[ "$(ask_two)" = 200 ] || exit 1
curl -sf -o /dev/null --unix-socket /run/one/public.sock -H "Cookie: $cookie" -H "Origin: https://$host" \\
  -H 'Content-Type: application/json' -d '{}' "http://$host/_dashgate/logout" || exit 2
began=$(date +%s%N)
for _ in $(seq 1000); do
  [ "$(ask_two)" = 401 ] && echo $((($(date +%s%N) - began) / 1000000)) && exit 0
done
exit 3`;

needs('docker')('two instances, Redis and nginx by docker compose', () => {
  let stack: Stack;
  let host: string;
  const agent = new Agent({ keepAlive: true, maxSockets: 8, rejectUnauthorized: false });
  beforeAll(async () => {
    stack = await startStack('deploy/compose-many/docker-compose.yml');
    host = new URL(stack.https).host;
  }, BUILD_MS);
  afterAll(async () => {
    agent.destroy();
    await stack?.[Symbol.asyncDispose]();
  }, 120_000);

  const ask = (
    path: string,
    { method = 'GET', body, headers = {} }: { method?: string; body?: string; headers?: Record<string, string> } = {},
  ): Promise<{ status: number; cookies: string[]; body: string }> =>
    new Promise((resolve, reject) => {
      const place = { host: '127.0.0.1', port: new URL(stack.https).port, servername: 'localhost' };
      const asking = request({ ...place, path, method, agent, headers: { Host: host, ...headers } }, (answer) => {
        const cookies = answer.headers['set-cookie'] ?? [];
        text(answer).then((body) => resolve({ status: answer.statusCode ?? 0, cookies, body }), reject);
      });
      asking.once('error', reject).end(body);
    });

  async function trySignIn(): Promise<{ status: number; cookie: string }> {
    const { status, cookies } = await ask('/_dashgate/login', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ user: 'mica', password: '1234' }),
    });
    return { status, cookie: cookies.map((each) => each.split(';', 1)[0]).join('; ') };
  }
  const signIn = async (): Promise<string> => {
    const { status, cookie } = await trySignIn();
    expect(status).toBe(200);
    return cookie;
  };
  const at = async (instance: string, cookie: string, method: string, path: string): Promise<number> =>
    Number(await stack.inside(instance, 'node', '-e', ASK, host, cookie, method, path));

  it('both take part, and either takes a session that the other began', async () => {
    const cookie = await signIn();
    for (let i = 0; i < 20; i += 1) expect((await ask('/only/', { headers: { Cookie: cookie } })).status).toBe(200);
    for (const instance of ['one', 'two']) {
      expect(await at(instance, cookie, 'GET', '/only/')).toBe(200);
      const asked = `fetch('http://127.0.0.1:9180/metrics').then((answer) => answer.text()).then(console.log)`;
      const metrics = await stack.inside(instance, 'node', '-e', asked);
      const [, count = '0'] = /^dashgate_decisions_total\{way="nginx",kind="allow"[^}]*\} (\d+)/m.exec(metrics) ?? [];
      expect(Number(count), instance).toBeGreaterThan(5);
    }
    expect((await ask('/only/')).status).toBe(401);
  });

  it('what may stay open goes through them, too', async () => {
    const stream = { Accept: 'text/event-stream' };
    expect((await ask('/only/', { headers: stream })).status).toBe(401);
    expect((await ask('/only/', { headers: { ...stream, Cookie: await signIn() } })).status).toBe(200);
  });

  it('who signs out on one is refused by the other within a second', async () => {
    const cookie = await signIn();
    const tookMs = Number(await stack.inside('nginx', 'sh', '-c', SIGN_OUT, host, cookie));
    expect(tookMs).toBeLessThan(1000);
    expect((await ask('/only/', { headers: { Cookie: cookie } })).status).toBe(401);
  });

  it('one that is killed takes only what was under way there', async () => {
    const cookie = await signIn();
    const statuses: number[] = [];
    let isOver = false;
    const asking = Array.from({ length: 4 }, async () => {
      while (!isOver) {
        const { status } = await ask('/only/', { headers: { Cookie: cookie } }).catch(() => ({ status: 0 }));
        statuses.push(status);
      }
    });
    await expect.poll(() => statuses.length, WAIT).toBeGreaterThan(20);
    await stack.compose('kill', '--signal', 'KILL', 'one');
    const killedAt = statuses.length;
    await expect.poll(() => statuses.length, WAIT).toBeGreaterThan(killedAt + 100);
    isOver = true;
    await Promise.all(asking);
    expect(statuses.filter((status) => status !== 200).length).toBeLessThanOrEqual(4);
    expect(statuses.slice(-100).filter((status) => status !== 200)).toEqual([]);
    await signIn();
    await stack.compose('up', '--detach', '--wait', '--no-build', '--no-deps', 'one');
    expect(await at('one', cookie, 'GET', '/only/')).toBe(200);
  }, 120_000);

  it('Redis may start anew: who was signed out stays so, who was signed in too, and signing in goes on by itself', async () => {
    const [stays, ended] = [await signIn(), await signIn()];
    await at('one', ended, 'POST', '/_dashgate/logout');
    await stack.compose('restart', 'redis');
    await expect.poll(async () => (await trySignIn()).status, WAIT).toBe(200);
    for (const instance of ['one', 'two']) {
      expect(await at(instance, stays, 'GET', '/only/')).toBe(200);
      expect(await at(instance, ended, 'GET', '/only/')).toBe(401);
    }
    // What is said after that arrives again.
    await at('two', stays, 'POST', '/_dashgate/logout');
    await expect.poll(async () => await at('one', stays, 'GET', '/only/'), WAIT).toBe(401);
  }, 120_000);

  it.each(['one', 'two', 'redis', 'nginx', 'only'])('%s is confined', async (service) => {
    const { HostConfig, NetworkSettings } = await stack.inspect(service);
    expect(HostConfig).toMatchObject({ ReadonlyRootfs: true, CapDrop: ['ALL'], Privileged: false });
    expect((await stack.inside(service, 'id', '-u')).trim()).not.toBe('0');
    const published = Object.values(NetworkSettings.Ports).flatMap((each) => each ?? []);
    expect(published.map(({ HostIp }) => HostIp)).toEqual(service === 'nginx' ? ['127.0.0.1', '127.0.0.1'] : []);
  });
});
