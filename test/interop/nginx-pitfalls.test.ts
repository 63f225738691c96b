import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { curl } from '../support/curl.ts';
import { needs } from '../support/needs.ts';
import { raw } from '../support/raw.ts';
import { type Chain, MICA, MIKE, request, startChain } from './nginx-chain.ts';

const NAVIGATION = ['Sec-Fetch-Mode: navigate', 'Sec-Fetch-Dest: document', 'Accept: text/html'];
const FETCH = ['Sec-Fetch-Mode: cors', 'Sec-Fetch-Dest: empty', 'Accept: */*'];

needs('nginx', 'curl')('the pitfalls of auth_request, in order', () => {
  let chain: Chain;
  beforeAll(async () => {
    chain = await startChain();
  });
  afterEach(() => chain.dashboard.forget());
  afterAll(() => chain[Symbol.asyncDispose]());
  const ask = async (target: string, headers: readonly string[] = [], method = 'GET') => {
    const answer = await raw(chain.port, request(chain, target, headers, method));
    if (!answer) throw new Error('nginx closed without an answer');
    return answer;
  };

  it('1. what the check says beside 2xx, 401 and 403 is never a 500, and never a way in', async () => {
    for (const status of [100 + 99, 302, 404, 429, 500, 503]) {
      await using odd = await startChain({ check: (_, response) => void response.writeHead(status).end() });
      const answer = await raw(odd.port, request(odd, '/kept/'));
      expect(answer?.status, `check answers ${status}`).toBe(503);
      expect(answer?.body).not.toContain('login');
      expect(odd.dashboard.seen).toEqual([]);
    }
  });

  it('1. a dashgate that is down is a plain 503: no way in, and no call to sign in', async () => {
    await using down = await startChain({ check: null });
    for (const headers of [NAVIGATION, FETCH, [MICA]]) {
      const answer = await raw(down.port, request(down, '/kept/x', headers));
      expect(answer?.status).toBe(503);
      expect(answer?.headers.get('content-type')).toBe('text/plain');
      expect(answer?.headers.get('location')).toBeNull();
      expect(answer?.headers.get('www-authenticate')).toBeNull();
      expect(answer?.headers.get('retry-after')).toBe('5');
    }
    expect((await raw(down.port, request(down, '/_dashgate/login', NAVIGATION)))?.status).toBe(503);
    expect(down.dashboard.seen).toEqual([]);
  });

  it('1. a dashgate that goes away while it is asked how to refuse is a 503', async () => {
    await using half = await startChain({
      check: (incoming, response) => {
        if (incoming.url === '/_dashgate/auth/nginx') response.writeHead(401, { 'Content-Length': '0' }).end();
        else incoming.socket.destroy();
      },
    });
    expect((await raw(half.port, request(half, '/kept/', FETCH)))?.status).toBe(503);
  });

  it('1. a person reads of a place without a dashboard, and of one that has stopped, on a page that holds nothing of the request', async () => {
    const nowhere = await ask('/nowhere?x=planted', NAVIGATION);
    expect(nowhere.status).toBe(404);
    expect(nowhere.body).toContain('<h1>No dashboard is here</h1>');
    await using stopped = await startChain({
      apps: '\n  - { name: kept, at: /kept/, upstream: "unix:$DIR/nobody.sock" }',
    });
    const gone = await raw(stopped.port, request(stopped, '/kept/planted', [MICA, ...NAVIGATION]));
    expect(gone?.status).toBe(502);
    expect(gone?.body).toContain('<h1>The dashboard does not answer</h1>');
    for (const answer of [nowhere, gone]) {
      expect(answer?.headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(answer?.headers.get('cache-control')).toBe('no-store');
      expect(answer?.headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(answer?.body).toContain(answer?.headers.get('x-request-id'));
      expect(answer?.body).not.toMatch(/planted|nginx|https?:|src=/);
    }
    // Whoever is not let in is told nothing of it.
    expect((await raw(stopped.port, request(stopped, '/kept/', FETCH)))?.status).toBe(401);
  });

  it('2. the only locations that return before the check are named ones, and none of them has a dashboard behind it', async () => {
    expect((await ask('/kept?a=1')).headers.get('location')).toBe('/kept/?a=1');
    expect((await ask('/nowhere')).status).toBe(404);
    expect((await ask('/')).status).not.toBe(200);
    expect(chain.dashboard.seen).toEqual([]);
  });

  it('3. every header that the dashboard is told by is set in the one place that forwards: no copy of the client’s is inherited', async () => {
    const forged = [
      'X-Dashgate-User: ceo',
      'X-Dashgate-Groups: boss',
      'X-Forwarded-For: 6.6.6.6',
      'X-Real-IP: 6.6.6.6',
    ];
    for (const path of ['/kept/', '/cut/', '/kept/open']) {
      await ask(path, [MIKE, ...forged]);
      const { headers } = chain.dashboard.seen.at(-1) ?? { headers: new Map() };
      expect(headers.get('x-forwarded-for'), path).toBe('127.0.0.1');
      expect(headers.get('x-real-ip'), path).toBeUndefined();
      expect([...headers.values()].join('\n'), path).not.toMatch(/ceo|boss|6\.6\.6\.6/);
    }
  });

  it('4. no sibling is open: icons, static files, websockets, error pages, other methods', async () => {
    const siblings = [
      '/kept/favicon.ico',
      '/kept/static/a.js',
      '/kept/assets/b.css',
      '/cut/logo.png',
      '/kept/50x.html',
      '/cut/.well-known/x',
    ];
    for (const path of siblings) expect((await ask(path, FETCH)).status, path).toBe(401);
    for (const method of ['HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'PROPFIND']) {
      const headers = method === 'GET' ? [] : ['Content-Length: 0'];
      expect((await ask('/kept/', headers, method)).status, method).toBe(401);
    }
    for (const path of ['/favicon.ico', '/robots.txt', '/50x.html', '/index.html', '/static/a.js']) {
      expect((await ask(path)).status, path).toBe(404);
    }
    expect(chain.dashboard.seen).toEqual([]);
  });

  it('5. what is forwarded is what was judged: encoded as the client sent it, with its query', async () => {
    const rest = 'a%20b/%C3%A9?q=%2e%2E&r=/../x//y';
    await ask(`/kept/${rest}`, [MICA]);
    await ask(`/cut/${rest}`, [MICA]);
    expect(chain.dashboard.seen.map(({ url }) => url)).toEqual([`/kept/${rest}`, `/${rest}`]);
  });

  it('6. a POST with a body is not held up by the check, which never sees it', async () => {
    const body = 'x'.repeat(3_000_000);
    const file = await chain.dir.write('body', body);
    const args = ['-H', MICA, '--data-binary', `@${file}`, '-H', 'Expect:', '--max-time', '10'];
    for (const path of ['/kept/count', '/cut/count']) {
      const { status, body: counted } = await curl(...args, `http://localhost:${chain.port}${path}`);
      expect({ status, counted }).toEqual({ status: 200, counted: `began ${body.length}` });
    }
    const chunked = await curl(
      ...args,
      '-H',
      'Transfer-Encoding: chunked',
      `http://localhost:${chain.port}/kept/count`,
    );
    expect(chunked.body).toBe(`began ${body.length}`);
    const refused = await curl(
      ...args.slice(2),
      '-H',
      'Transfer-Encoding: chunked',
      `http://localhost:${chain.port}/kept/count`,
    );
    expect(refused.status).toBe(401);
  });

  it('6. a body that is refused is not kept on disk, and not waited for', async () => {
    const socket = connect(chain.port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write(
      request(chain, '/kept/count', [...FETCH, 'Content-Length: 5000000000', 'Connection: keep-alive'], 'POST'),
    );
    socket.write('x'.repeat(200_000));
    const [first] = (await once(socket, 'data')) as [Buffer];
    expect(String(first)).toMatch(/^HTTP\/1\.1 401 /);
    socket.destroy();
    expect(await readdir(chain.nginx.dir.file('body')).catch(() => [])).toEqual([]);
  });

  it('7. the session cookie of the check arrives beside those that the dashboard sets, also on its error replies', async () => {
    const names = async (path: string): Promise<string[]> =>
      (await ask(path, [MICA])).headers.getSetCookie().map((cookie) => cookie.split('=')[0] ?? '');
    expect(await names('/kept/cookies')).toEqual(['a', 'b', 'dashgate']);
    expect(await names('/kept/status-500')).toEqual(['dashgate']);
    expect(await names('/kept/status-404')).toEqual(['dashgate']);
  });

  it('8. a reply of the check with large headers fits', async () => {
    const cookies = `Cookie: big=${'y'.repeat(15_000)}`;
    expect((await ask('/kept/', [MICA, cookies])).status).toBe(200);
    expect(chain.dashboard.seen.at(-1)?.headers.get('cookie')).toBe(cookies.slice('Cookie: '.length));
    expect((await ask('/kept/', [...FETCH, cookies])).status).toBe(401);
  });

  it('9. only a navigation is sent to the login page; fetch, websocket and curl get 401 and JSON', async () => {
    const page = await ask('/kept/a?b=c', NAVIGATION);
    expect([302, 303]).toContain(page.status);
    const login = new URL(page.headers.get('location') ?? '', `http://${chain.host}`);
    expect(login.pathname).toBe('/_dashgate/login');
    expect(login.searchParams.get('return_to')).toBe(`http://${chain.host}/kept/a?b=c`);
    const upgrade = ['Upgrade: websocket', 'Connection: Upgrade', 'Accept: text/html'];
    for (const headers of [FETCH, upgrade, ['Accept: */*'], []]) {
      const answer = await ask('/kept/a', headers);
      expect(answer.status).toBe(401);
      expect(answer.headers.get('content-type')).toContain('application/json');
      expect(JSON.parse(answer.body)).toHaveProperty('error');
    }
    expect((await ask('/kept/', NAVIGATION, 'POST')).status).toBe(401);
  });

  it('9. a browser is not made to show its password dialog; a program is asked for Basic, once', async () => {
    const challenge = async (headers: readonly string[]) =>
      (await ask('/kept/', headers)).headers.get('www-authenticate');
    expect(await challenge(FETCH)).toMatch(/^Dashgate /);
    expect(await challenge([])).toMatch(/^Basic [^,]*(, charset="UTF-8")?$/);
  });

  it('9. a dashboard’s own 401, 403 and 5xx are its own', async () => {
    for (const status of [401, 403, 404, 500, 502, 503, 504]) {
      const answer = await ask(`/kept/status-${status}`, [MICA]);
      expect({ status: answer.status, body: answer.body }).toEqual({ status, body: `the dashboard's own ${status}` });
    }
  });

  it('10. nothing makes the check optional: a refused resource stays refused, and an internal redirect reaches nothing', async () => {
    expect((await ask('/kept/hr', [MIKE])).status).toBe(403);
    expect((await ask('/kept/marketing', [MIKE])).status).toBe(200);
    const accel = await ask('/kept/accel', [MICA]);
    expect({ status: accel.status, body: accel.body }).toEqual({ status: 200, body: 'its own body' });
  });

  it('10. one request is asked about once', async () => {
    let asked = 0;
    await using counted = await startChain({
      check: (_, response) => {
        asked += 1;
        response.writeHead(200, { 'Content-Length': '0' }).end();
      },
    });
    await raw(counted.port, request(counted, '/kept/status-401'));
    expect(asked).toBe(1);
  });

  it('11. no answer of the check is kept: after a good credential comes a bad one, and is refused', async () => {
    expect((await ask('/kept/', [MICA])).status).toBe(200);
    expect((await ask('/kept/')).status).toBe(401);
    expect((await ask('/kept/', ['Authorization: Basic bWljYTp3cm9uZw=='])).status).toBe(401);
    expect(chain.dashboard.seen.length).toBe(1);
  });

  it('12. a websocket’s first request fits, with cookies as large as HTTP/2 would let through', async () => {
    const socket = new WebSocket(`ws://localhost:${chain.port}/kept/ws`, ['bokeh', 't'.repeat(6000)], {
      headers: { ...header(MICA), Cookie: `big=${'z'.repeat(14_000)}`, Host: chain.host },
    });
    await once(socket, 'open');
    socket.send('hello');
    const [message] = await once(socket, 'message');
    expect(String(message)).toBe('echo hello');
    socket.terminate();
  });

  it('13. nginx does not ask again after 101: an unused websocket ends with the app’s timeout', async () => {
    await using short = await startChain({
      apps: '\n  - { name: kept, at: /kept/, upstream: "$DASHBOARD", timeout: 400ms }',
      options: { sockets: 'verify' },
    });
    const socket = new WebSocket(`ws://localhost:${short.port}/kept/ws`, {
      headers: { ...header(MICA), Host: short.host },
    });
    await once(socket, 'open');
    const [code] = await once(socket, 'close');
    expect(code).toBe(1006);
  });

  it('14. the check sees host and port as the client wrote them, and the headers with `_` never', async () => {
    const wrong = await raw(chain.port, request({ ...chain, host: 'localhost:1' }, '/kept/', [MICA]));
    expect(wrong?.status).toBe(403);
    expect((await raw(chain.port, request({ ...chain, host: 'evil.example' }, '/kept/', [MICA])))?.status).toBe(421);
    expect(chain.dashboard.seen).toEqual([]);
    await ask('/kept/', [MICA, 'X_Forwarded_User: ceo', 'X_Dashgate_User: ceo', 'Remote_User: ceo']);
    expect(chain.dashboard.seen.at(-1)?.rawHeaders.join('\n')).not.toContain('ceo');
  });

  it('1. what is neither yes nor no comes as the status that it is', async () => {
    for (const path of ['/kept//x', '/kept/%2e/x', '/kept/a;b', '/kept/%2Fx', '/cut/%5cx']) {
      const answer = await ask(path, [MICA]);
      expect({ path, status: answer.status }).toEqual({ path, status: 400 });
      expect(answer.headers.get('www-authenticate')).toBeNull();
    }
  });

  it('answered 500 to nothing in all of this', async () => {
    const lines = (await chain.accessLog()).split('\n').filter((line) => / 500 \d+ /.test(line));
    expect(lines.filter((line) => !line.includes('/status-500 '))).toEqual([]);
    expect(await chain.nginx.errorLog()).not.toMatch(/unexpected status|\[(?:error|crit|alert|emerg)\]/);
  });
});

function header(line: string): Record<string, string> {
  const colon = line.indexOf(':');
  return { [line.slice(0, colon)]: line.slice(colon + 1).trim() };
}
