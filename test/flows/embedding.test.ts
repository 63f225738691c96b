import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { markOf } from '../../src/embedding/mark.ts';
import { connectedApp, mint } from '../support/connected.ts';
import {
  embed,
  frameCookie,
  framedBy,
  HOST_PAGE,
  IN_FRAME,
  LOADS_FRAME,
  markIn,
  OTHER_PAGE,
  WINDOW,
} from '../support/embedding.ts';
import { type Gate, startGate } from '../support/gate.ts';

const PAGE = '<!doctype html><html><head><title>Sales</title></head><body>sales</body></html>';
const closing = new AsyncDisposableStack();
let gate: Gate;
beforeAll(async () => {
  gate = closing.use(
    await startGate({
      publicUrl: 'https://dash.example.com',
      connected_apps: [connectedApp({ domains: [HOST_PAGE] })],
      answer(request, response) {
        if (request.headers.accept?.includes('text/html')) {
          const sandbox = request.url === '/sandboxed' ? '; sandbox' : '';
          response.setHeader('Content-Security-Policy', `script-src 'none'; frame-ancestors 'none'${sandbox}`);
          response.setHeader('X-Frame-Options', 'DENY');
          response.setHeader('Cache-Control', 'max-age=60');
          response.setHeader('Content-Type', 'text/html').end(PAGE);
        } else
          response
            .setHeader('Content-Type', 'application/json')
            .end(JSON.stringify({ url: request.url, headers: request.headers }));
      },
    }),
  );
});
afterAll(() => closing.disposeAsync());

const target = () => `${gate.origin}/`;
const signIn = async (claims: object = {}, headers: Record<string, string> = {}) => {
  const answer = await embed(gate, { token: mint({ claims }), target: target() }, headers);
  expect(answer.body).toContain('expires_at');
  return frameCookie(answer);
};

it('gives the page around a frame a cookie of its own, for as long as its token is good', async () => {
  const token = mint();
  const answer = await embed(gate, { token, target: target() });
  expect(answer.status).toBe(200);
  expect(answer.headers.getSetCookie()).toEqual([
    expect.stringMatching(
      /^__Host-dashgate-embed=[\w.-]+; Max-Age=(?:300|29\d); Path=\/; HttpOnly; SameSite=None; Secure; Partitioned$/,
    ),
  ]);
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    'access-control-allow-origin': HOST_PAGE,
    'access-control-allow-credentials': 'true',
    'cache-control': 'no-store',
    vary: 'Origin',
  });
  expect(JSON.parse(answer.body)).toEqual({
    target: target(),
    expires_at: expect.any(Number),
    now: expect.any(Number),
  });
  expect(gate.logText()).not.toContain(token);
});

it('lets a browser ask before, for that page alone', async () => {
  const ask = (origin: string) =>
    gate.ask('/_dashgate/embed', {
      method: 'OPTIONS',
      headers: {
        Origin: origin,
        'Access-Control-Request-Method': 'POST',
        'Access-Control-Request-Headers': 'content-type',
      },
    });
  const asked = await ask(HOST_PAGE);
  expect([asked.status, asked.headers.get('access-control-allow-headers')]).toEqual([204, 'Content-Type']);
  expect((await ask(OTHER_PAGE)).headers.get('access-control-allow-origin')).toBeNull();
});

it('takes the token from the address of a frame once, and answers by a clean one', async () => {
  const path = `/_dashgate/embed?token=${mint()}&target=${encodeURIComponent('/open?x=1')}`;
  const answer = await gate.ask(path, { headers: framedBy(HOST_PAGE) });
  expect([answer.status, answer.headers.get('location')]).toEqual([303, `${gate.origin}/open?x=1`]);
  expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
  expect(frameCookie(answer)).not.toBe('');
  const again = await gate.ask(path, { headers: framedBy(HOST_PAGE) });
  expect([again.status, frameCookie(again)]).toEqual([401, '']);
  expect(again.headers.get('content-security-policy')).toContain(`frame-ancestors 'self' ${HOST_PAGE}`);
  expect(again.headers.get('x-frame-options')).toBeNull();
  expect(again.body).toContain('This view could not be opened');
});

it('shows a dashboard in frames of these pages alone, and all else of its policy stays', async () => {
  const cookie = await signIn();
  const page = await gate.ask('/', { headers: { ...LOADS_FRAME, Accept: 'text/html', Cookie: cookie } });
  expect(page.status).toBe(200);
  expect(page.headers.get('x-frame-options')).toBeNull();
  const policies = page.headers.get('content-security-policy') ?? '';
  expect(policies).toMatch(
    /^script-src 'none'; script-src-elem https:\/\/dash\.example\.com\/_dashgate\/assets\/\w+\.js, frame-ancestors 'self' https:\/\/portal\.example\.org$/,
  );
  expect(page.headers.get('cache-control')).toBe('no-store');
  expect(markIn(page)).toHaveLength(22);
  const [, path = '', integrity] = /<head><script src="([^"]+)" integrity="sha256-([^"]+)"/.exec(page.body) ?? [];
  const script = await gate.ask(path);
  expect(createHash('sha256').update(script.body).digest('base64')).toBe(integrity);
});

it('lets scripts of the page go on as its user, with nothing of ours for the dashboard', async () => {
  const cookie = await signIn();
  const page = await gate.ask('/', { headers: { ...LOADS_FRAME, Accept: 'text/html', Cookie: cookie } });
  const mark = markIn(page);
  const answer = await gate.ask(`/open.json?a=1&dashgate-embed=${mark}`, {
    headers: { ...IN_FRAME, Cookie: `${cookie}; theirs=1`, 'X-Dashgate-Embed': mark },
  });
  const { url, headers } = JSON.parse(answer.body);
  expect(url).toBe('/open.json?a=1');
  expect(headers.cookie).toBe('theirs=1');
  expect(Object.keys(headers).filter((name) => name.startsWith('x-dashgate-embed'))).toEqual([]);
});

it('tells a frame who is in it, and until when', async () => {
  const cookie = await signIn();
  const answer = await gate.ask('/_dashgate/session', { headers: { ...IN_FRAME, Cookie: cookie } });
  expect(JSON.parse(answer.body)).toMatchObject({
    sub: expect.stringContaining('alice@example.com'),
    embed: { scopes: ['tableau:views:embed'] },
  });
});

it('shows no page that cannot say whose it is, but why, in the frame', async () => {
  const Cookie = await signIn();
  const page = await gate.ask('/sandboxed', { headers: { ...LOADS_FRAME, Accept: 'text/html', Cookie } });
  expect([page.status, page.headers.get('x-frame-options')]).toEqual([502, null]);
  expect(page.headers.get('content-security-policy')).toContain(`frame-ancestors 'self' ${HOST_PAGE}`);
  expect(page.body).not.toContain('<body>sales');
  expect(gate.logText()).toContain('a page cannot be shown in a frame: its Content-Security-Policy has no room for it');
});

it('ends with its token', async () => {
  const cookie = await signIn();
  gate.advance(301_000);
  const headers = { Cookie: cookie, Accept: 'text/html' };
  const page = await gate.ask('/', { headers: { ...LOADS_FRAME, ...headers } });
  expect([page.status, page.headers.get('x-frame-options')]).toEqual([401, null]);
  expect(page.body).toContain('This view has ended');
  expect(page.headers.getSetCookie()).toEqual([]);
  expect((await gate.ask('/', { headers: { ...IN_FRAME, ...headers } })).status).toBe(401);
  gate.advance(-301_000);
});

it('goes on with a new token of the same user, as the same session', async () => {
  const first = await signIn();
  const second = await signIn({}, { Cookie: first });
  const marks = await Promise.all(
    [first, second].map(async (cookie) =>
      markIn(await gate.ask('/', { headers: { ...LOADS_FRAME, Accept: 'text/html', Cookie: cookie } })),
    ),
  );
  expect(marks[0]).toBe(marks[1]);
});

it('ends what another user had in that browser, whose pages are nobody else’s', async () => {
  const first = await signIn();
  const mark = markIn(await gate.ask('/', { headers: { ...LOADS_FRAME, Accept: 'text/html', Cookie: first } }));
  const second = await signIn({ sub: 'bob@example.com' }, { Cookie: first });
  expect((await gate.ask('/x', { headers: { ...IN_FRAME, Cookie: first } })).status).toBe(401);
  const ofOld = { headers: { ...IN_FRAME, Cookie: second, 'X-Dashgate-Embed': mark } };
  expect((await gate.ask('/x', ofOld)).status).toBe(401);
  expect((await gate.ask('/_dashgate/session', ofOld)).status).toBe(401);
  expect((await gate.ask(`/x?dashgate-embed=${mark}`, { headers: { ...IN_FRAME, Cookie: second } })).status).toBe(401);
  expect((await gate.ask('/x', { headers: { ...IN_FRAME, Cookie: second } })).status).toBe(200);
});

it('tells the pages of the user before, and only then gives the next one a cookie', async () => {
  const Cookie = await signIn();
  const headers = { Host: gate.host, Origin: gate.origin, Cookie };
  const watching = new WebSocket(`ws://127.0.0.1:${gate.port}/_dashgate/embed/watch`, { headers });
  await once(watching, 'open');
  const told: string[] = [];
  const closed = once(watching, 'close').then(([code]) => told.push(`closed ${code}`));
  await signIn({ sub: 'bob@example.com' }, { Cookie });
  told.push('answered');
  await closed;
  expect(told).toEqual(['closed 4401', 'answered']);
});

it('lets nobody hear of another page’s session, nor from another origin', async () => {
  const Cookie = await signIn();
  const answered = async (headers: Record<string, string>, query = ''): Promise<unknown> => {
    const watching = new WebSocket(`ws://127.0.0.1:${gate.port}/_dashgate/embed/watch${query}`, { headers });
    const [error] = await once(watching, 'error');
    return error;
  };
  const own = { Host: gate.host, Origin: gate.origin };
  expect(await answered(own)).toMatchObject({ message: expect.stringContaining('401') });
  expect(await answered({ ...own, Cookie, Origin: HOST_PAGE })).toMatchObject({
    message: expect.stringContaining('401'),
  });
  expect(await answered({ ...own, Cookie }, `?dashgate-embed=${'A'.repeat(22)}`)).toMatchObject({
    message: expect.stringContaining('401'),
  });
});

it('ends when the connected app is disabled, without a new cookie', async () => {
  const cookie = await signIn();
  await gate.reconfigure({ connected_apps: [connectedApp({ domains: [HOST_PAGE], enabled: false })] });
  expect((await gate.ask('/x', { headers: { ...IN_FRAME, Cookie: cookie } })).status).toBe(401);
  await gate.reconfigure({});
  expect((await gate.ask('/x', { headers: { ...IN_FRAME, Cookie: cookie } })).status).toBe(200);
});

it('is nothing in a window of its own', async () => {
  const answer = await gate.ask('/', { headers: { ...WINDOW, Cookie: await signIn() } });
  expect([answer.status, answer.headers.get('location')]).toEqual([302, expect.stringContaining('/_dashgate/login')]);
});

it('names a page by its session alone', () => {
  expect(markOf({ jti: 'a' })).toMatch(/^[\w-]{22}$/);
  expect(markOf({ jti: 'a' })).not.toBe(markOf({ jti: 'b' }));
});
