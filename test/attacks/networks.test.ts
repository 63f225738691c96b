import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { basicOf, type Gate, startGate } from '../support/gate.ts';
import { raw } from '../support/raw.ts';

// authentik CVE-2023-36456, CVE-2024-47070: an address that the client wrote, or one that could not be
// read, opened what was for a network only.

const INSIDE = '10.1.2.3';
const OUTSIDE = '203.0.113.7';
const APPS = [
  {
    ...{ name: 'sales', at: '/', upstream: '$UPSTREAM', open: ['/**'], public: ['/robots.txt', '/status'] },
    resources: [
      { resource: 'hr', paths: ['/hr/**'], networks: ['10.0.0.0/8', '2001:db8::/32'] },
      { paths: ['/status'], networks: ['10.0.0.0/8'] },
    ],
  },
  { name: 'inner', at: '/inner/', upstream: '$UPSTREAM', public: ['/open'], networks: ['10.0.0.0/8'] },
];
const Authorization = basicOf('mica');

/** The statuses by both ways, as a front says that the client is there. */
const from = async (gate: Gate, path: string, forwarded: string | null, more: Record<string, string> = {}) => {
  const headers = { Authorization, ...more, ...(forwarded !== null && { 'X-Forwarded-For': forwarded }) };
  const app = path.startsWith('/inner/') ? 'inner' : 'sales';
  return [(await gate.ask(path, { headers })).status, (await gate.verify(path, { headers, app })).status];
};

describe('behind a proxy that is trusted', () => {
  let gate: Gate;
  beforeAll(async () => {
    gate = await startGate({ apps: APPS, server: { trusted_proxies: ['127.0.0.1'] } });
  });
  afterAll(() => gate[Symbol.asyncDispose]());

  it.each([
    [INSIDE, 200],
    ['2001:db8::1', 200],
    ['2001:0DB8:0:0::1', 200],
    [`::ffff:${INSIDE}`, 200],
    [`${OUTSIDE}, ${INSIDE}`, 200],
    [OUTSIDE, 403],
    [`${INSIDE}, ${OUTSIDE}`, 403],
    [`${INSIDE},${OUTSIDE},127.0.0.1`, 403],
    ['11.0.0.1', 403],
    ['2001:db9::1', 403],
    ['::ffff:11.0.0.1', 403],
    // What cannot be read is nowhere, and not where the proxy is.
    ['', 403],
    [null, 403],
    ['garbage', 403],
    [`${INSIDE}:51234`, 403],
    [`[2001:db8::1]`, 403],
    ['10.1.2', 403],
    ['0xa.1.2.3', 403],
    ['012.1.2.3', 403],
    ['10.1.2.3%eth0', 403],
    ['unknown', 403],
    [`${INSIDE}, garbage`, 403],
    [`${INSIDE},`, 403],
  ])('X-Forwarded-For: %j: %i', async (forwarded, status) => {
    expect(await from(gate, '/hr/x', forwarded)).toEqual([status, status]);
  });

  it('other headers say nothing of where a client is', async () => {
    for (const name of [
      'X-Real-IP',
      'Forwarded',
      'X-Client-IP',
      'True-Client-IP',
      'CF-Connecting-IP',
      'X_Forwarded_For',
    ])
      expect(
        await from(gate, '/hr/x', OUTSIDE, { [name]: name === 'Forwarded' ? `for=${INSIDE}` : INSIDE }),
        name,
      ).toEqual([403, 403]);
  });

  it('says so before anybody is asked who they are, in a word of its own', async () => {
    const headers = { 'X-Forwarded-For': OUTSIDE };
    const answer = await gate.ask('/hr/x', { headers });
    expect(answer.status).toBe(403);
    expect(JSON.parse(answer.body)).toMatchObject({ reason: 'network-not-allowed' });
    expect((await gate.verify('/hr/x', { headers })).headers.get('x-dashgate-reason')).toBe('network-not-allowed');
    await gate.logged(/"refused".*GET sales \/hr\/x.*network-not-allowed.*203\.0\.113\.7/);
    const page = await gate.ask('/hr/x', {
      headers: { ...headers, Accept: 'text/html', 'Sec-Fetch-Mode': 'navigate' },
    });
    expect(page.body).toContain('cannot be opened from where you are');
  });

  it('a network is no proof: from inside one has to sign in, and to have the grant', async () => {
    const headers = { 'X-Forwarded-For': INSIDE };
    expect((await gate.ask('/hr/x', { headers })).status).toBe(401);
    expect((await gate.ask('/hr/x', { headers: { ...headers, Authorization: basicOf('mike') } })).status).toBe(403);
  });

  it('holds for what is public too, where it says so', async () => {
    const ask = async (path: string, forwarded: string) =>
      (await gate.ask(path, { headers: { 'X-Forwarded-For': forwarded } })).status;
    expect([await ask('/robots.txt', OUTSIDE), await ask('/status', OUTSIDE), await ask('/status', INSIDE)]).toEqual([
      200, 403, 200,
    ]);
    expect([await ask('/inner/open', OUTSIDE), await ask('/inner/open', INSIDE)]).toEqual([403, 200]);
    expect(await from(gate, '/inner/x', OUTSIDE)).toEqual([403, 403]);
    expect(await from(gate, '/inner/x', INSIDE)).toEqual([200, 200]);
  });

  it('two of the header are one list, so that the nearer proxy has the last word', async () => {
    const lines = (first: string, second: string): string =>
      [
        'GET /hr/x HTTP/1.1',
        `Host: ${gate.host}`,
        `Authorization: ${Authorization}`,
        `X-Forwarded-For: ${first}`,
        `X-Forwarded-For: ${second}`,
        'Connection: close',
        '',
        '',
      ].join('\r\n');
    expect((await raw(gate.port, lines(INSIDE, OUTSIDE)))?.status).toBe(403);
    expect((await raw(gate.port, lines(OUTSIDE, INSIDE)))?.status).toBe(200);
  });

  it('a websocket ends when its network is no longer let in', async () => {
    await using gate = await startGate({
      ...{ publicUrl: 'http://127.0.0.1:$PORT', apps: APPS, server: { trusted_proxies: ['127.0.0.1'] } },
    });
    const headers = { Authorization, 'X-Forwarded-For': INSIDE };
    const socket = new WebSocket(`${gate.origin.replace('http', 'ws')}/inner/live`, { headers });
    const closed = once(socket, 'close');
    await once(socket, 'open');
    await gate.reconfigure({ apps: [APPS[0] ?? {}, { ...APPS[1], networks: ['192.0.2.0/24'] }] });
    expect((await closed)[0]).toBe(4401);
  });
});

it('from anybody else X-Forwarded-For is only a text', async () => {
  await using gate = await startGate({ apps: APPS });
  for (const forwarded of [INSIDE, `${INSIDE}, ${INSIDE}`, '10.0.0.1', ''])
    expect((await gate.ask('/hr/x', { headers: { Authorization, 'X-Forwarded-For': forwarded } })).status).toBe(403);
});

it('who asks without a proxy is where they are', async () => {
  const apps = [{ ...APPS[1], networks: ['127.0.0.0/8'] }];
  await using gate = await startGate({ apps });
  expect((await gate.ask('/inner/x', { headers: { Authorization } })).status).toBe(200);
  expect((await gate.ask('/inner/x', { headers: { Authorization, 'X-Forwarded-For': OUTSIDE } })).status).toBe(200);
});
