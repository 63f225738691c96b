import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectedApp, mint } from '../support/connected.ts';
import {
  byPage,
  embed,
  frameCookie,
  framedBy,
  HOST_PAGE,
  IN_FRAME,
  LOADS_FRAME,
  OTHER_PAGE,
  WINDOW,
} from '../support/embedding.ts';
import { type Gate, startGate } from '../support/gate.ts';

const closing = new AsyncDisposableStack();
let gate: Gate;
beforeAll(async () => {
  gate = closing.use(
    await startGate({
      publicUrl: 'https://dash.example.com',
      connected_apps: [connectedApp({ domains: [HOST_PAGE] })],
    }),
  );
});
afterAll(() => closing.disposeAsync());

const signIn = async (sub = 'alice@example.com'): Promise<string> =>
  frameCookie(await embed(gate, { token: mint({ claims: { sub } }), target: '/' }));
const inFrame = (path: string, Cookie: string, more: Record<string, string> = {}) =>
  gate.ask(path, { headers: { ...IN_FRAME, Cookie, ...more } });
const userOf = (): unknown => gate.upstream.last().headers['x-dashgate-user'];
const loads = (query: Record<string, string>, headers: Record<string, string> = framedBy(HOST_PAGE)) =>
  gate.ask(`/_dashgate/embed?${new URLSearchParams(query)}`, { headers });

describe('a page that nobody named', () => {
  const origins = [
    OTHER_PAGE,
    'null',
    `${HOST_PAGE}.evil.example`,
    `${HOST_PAGE}:8443`,
    `${HOST_PAGE}/`,
    'https://evil-portal.example.org',
    'https://evilportal.example.org',
    'https://sub.portal.example.org',
    'http://portal.example.org',
    'https://PORTAL.example.org',
    'https://portal.example.org@evil.example',
    'https://portal.example.orgevil.example',
    'https://dash.example.com',
  ];

  it.each(origins)('signs nobody in from %s, and is told nothing', async (origin) => {
    const token = mint();
    const answer = await embed(gate, { token, target: '/' }, {}, origin);
    expect([answer.status, frameCookie(answer), answer.headers.get('access-control-allow-origin')]).toEqual([
      403,
      '',
      null,
    ]);
    expect(answer.headers.get('vary')).toContain('Origin');
    // It was not used up by who may not bring it.
    expect((await embed(gate, { token, target: '/' })).status).toBe(200);
  });

  it('signs nobody in without saying which page it is', async () => {
    const { Origin: _, ...without } = byPage(HOST_PAGE);
    const answer = await gate.ask('/_dashgate/embed', {
      method: 'POST',
      headers: without,
      body: JSON.stringify({ token: mint() }),
    });
    expect([answer.status, frameCookie(answer)]).toEqual([403, '']);
  });

  it.each([
    ['another page', framedBy(OTHER_PAGE)],
    ['a page that keeps back which it is', LOADS_FRAME],
    ['a page with that name in its path', framedBy(`${OTHER_PAGE}/${HOST_PAGE}`)],
    ['a page with that name before an @', framedBy('https://portal.example.org@evil.example')],
  ])('signs nobody in by the address of a frame: %s', async (_what, headers) => {
    const token = mint();
    const answer = await loads({ token, target: '/' }, headers);
    expect([answer.status, frameCookie(answer)]).toEqual([403, '']);
    expect(answer.headers.get('x-frame-options')).toBe('DENY');
    expect((await loads({ token, target: '/' })).status).toBe(303);
  });

  it('of another connected app is none of this one', async () => {
    const second = { ...connectedApp(), client_id: 'second', domains: [OTHER_PAGE] };
    const secrets = [{ id: 'second-secret', value: 'another secret of at least thirty-two bytes' }];
    await gate.reconfigure({ connected_apps: [connectedApp({ domains: [HOST_PAGE] }), { ...second, secrets }] });
    const answer = await embed(gate, { token: mint(), target: '/' }, {}, OTHER_PAGE);
    expect([answer.status, frameCookie(answer), JSON.parse(answer.body).name]).toEqual([403, '', 'DOMAIN_RESTRICTION']);
    const byAddress = await loads({ token: mint(), target: '/' }, framedBy(OTHER_PAGE));
    expect([byAddress.status, frameCookie(byAddress)]).toEqual([403, '']);
    const page = await gate.ask('/', { headers: { ...LOADS_FRAME, Cookie: await signIn() } });
    expect(page.headers.get('content-security-policy')).toBe(`frame-ancestors 'self' ${HOST_PAGE}`);
    await gate.reconfigure({});
  });

  it.each(['application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data; boundary=x'])(
    'sends no form of the type %s',
    async (type) => {
      const answer = await embed(gate, { token: mint() }, { 'Content-Type': type });
      expect([answer.status, frameCookie(answer)]).toEqual([415, '']);
    },
  );
});

describe('the cookie of a frame', () => {
  it.each([
    ['a window of its own', WINDOW],
    ['a window that another site opens', { ...WINDOW, 'Sec-Fetch-Site': 'cross-site' }],
    ['a client that describes nothing', {}],
    ['a script of the page around', { ...IN_FRAME, 'Sec-Fetch-Site': 'cross-site' }],
    ['a script of a page at the same site', { ...IN_FRAME, 'Sec-Fetch-Site': 'same-site' }],
    [
      'an image of another frame of that page',
      { ...IN_FRAME, 'Sec-Fetch-Dest': 'image', 'Sec-Fetch-Site': 'cross-site' },
    ],
    ['an object', { ...LOADS_FRAME, 'Sec-Fetch-Dest': 'object' }],
    ['an embedded plug-in', { ...LOADS_FRAME, 'Sec-Fetch-Dest': 'embed' }],
  ])('is nothing to %s', async (_what, headers) => {
    const answer = await gate.ask('/', { headers: { ...headers, Cookie: await signIn() } });
    expect([302, 401]).toContain(answer.status);
    expect(answer.headers.getSetCookie()).toEqual([]);
  });

  it('opens only what the connected app may show', async () => {
    const cookie = await signIn();
    expect((await inFrame('/', cookie)).status).toBe(200);
    expect((await inFrame('/wiki/', cookie)).status).toBe(403);
    expect((await inFrame('/hr', cookie)).status).toBe(403);
  });

  it('is nobody’s but the host’s that gave it, and no session of a browser', async () => {
    const cookie = await signIn();
    const asSession = cookie.replace('__Host-dashgate-embed=', '__Host-dashgate=');
    expect((await gate.ask('/', { headers: { Cookie: asSession } })).status).toBe(401);
    const session = await gate.signIn('mica');
    const asFrame = session.replace('__Host-dashgate=', '__Host-dashgate-embed=');
    expect((await inFrame('/', asFrame)).status).toBe(401);
  });

  it('is believed once alone', async () => {
    const [one, two] = [await signIn(), await signIn('bob@example.com')];
    expect((await inFrame('/', `${one}; ${two}`)).status).toBe(401);
    expect((await inFrame('/', `${one}; ${one}`)).status).toBe(401);
    expect((await inFrame('/', `${one}x`)).status).toBe(401);
  });

  it('goes to no dashboard, and none can set it', async () => {
    const cookie = await signIn();
    await inFrame('/x', `theirs=1; ${cookie}`);
    expect(gate.upstream.last().headers.cookie).toBe('theirs=1');
  });

  it('changes nothing from another origin', async () => {
    const cookie = await signIn();
    for (const Origin of [HOST_PAGE, 'null']) {
      const answer = await gate.ask('/x', {
        method: 'POST',
        headers: { ...IN_FRAME, Cookie: cookie, Origin },
        body: 'x',
      });
      expect(answer.status).toBe(403);
    }
  });

  it('has no say at the listener of fronts, which cannot change who may frame an answer', async () => {
    const answer = await gate.verify('/', { headers: { ...IN_FRAME, Cookie: await signIn() } });
    expect(answer.status).toBe(401);
  });
});

describe('beside the session of a browser', () => {
  it('decides where it is not clear who asks, and lends no more than it has', async () => {
    const both = `${await gate.signIn('mica')}; ${await signIn()}`;
    expect((await inFrame('/hr', both)).status).toBe(403);
    expect((await gate.ask('/hr', { headers: { ...LOADS_FRAME, Cookie: both } })).status).toBe(403);
    expect((await inFrame('/', both)).status).toBe(200);
    expect(userOf()).toBe('connected:0f1e2d3c-0000-4000-8000-000000000001:alice@example.com');
    const basic = `Basic ${Buffer.from('mica:mica-Gz7').toString('base64')}`;
    expect((await inFrame('/hr', await signIn(), { Authorization: basic })).status).toBe(403);
  });

  it.each([
    ['object', 'navigate', 'same-origin'],
    ['embed', 'navigate', 'same-origin'],
    ['object', 'navigate', 'same-site'],
    ['embed', 'no-cors', 'same-site'],
    ['fencedframe', 'navigate', 'same-site'],
  ])('leaves nothing of either to what is a frame by another name: %s, by %s, %s', async (dest, mode, site) => {
    const session = await gate.signIn('mica');
    const headers = { 'Sec-Fetch-Dest': dest, 'Sec-Fetch-Mode': mode, 'Sec-Fetch-Site': site };
    const ask = (Cookie: string) => gate.ask('/hr', { headers: { ...headers, Cookie } });
    expect((await ask(`${session}; ${await signIn()}`)).status).toBe(401);
    expect([(await ask(session)).status, userOf()]).toEqual([200, 'mica']);
  });

  it('leaves a window to the session of the browser, and takes nothing from it', async () => {
    const session = await gate.signIn('mica');
    const answer = await gate.ask('/hr', { headers: { ...WINDOW, Cookie: `${session}; ${await signIn()}` } });
    expect([answer.status, userOf()]).toEqual([200, 'mica']);
    const signedIn = await embed(gate, { token: mint(), target: '/' }, { Cookie: session });
    expect(signedIn.headers.getSetCookie().join()).not.toMatch(/__Host-dashgate=/);
    expect((await gate.ask('/hr', { headers: { ...WINDOW, Cookie: session } })).status).toBe(200);
  });

  it('makes up for no session of a frame that has ended', async () => {
    const session = await gate.signIn('mica');
    const old = await signIn();
    await embed(gate, { token: mint({ claims: { sub: 'bob@example.com' } }), target: '/' }, { Cookie: old });
    expect((await inFrame('/', `${session}; ${old}`)).status).toBe(401);
    // Once its cookie is gone, its page still says whose it was.
    const mark = 'A'.repeat(22);
    expect((await inFrame('/', session, { 'X-Dashgate-Embed': mark })).status).toBe(401);
    expect((await inFrame(`/?dashgate-embed=${mark}`, session)).status).toBe(401);
  });

  it.each([
    ['GET', 'sessions'],
    ['DELETE', 'sessions'],
    ['GET', 'tokens'],
    ['POST', 'tokens'],
    ['POST', 'logout'],
    ['POST', 'session'],
    ['POST', 'login'],
    ['GET', 'handoff'],
    ['GET', 'impersonate'],
  ])('has no power by %s /_dashgate/%s', async (method, page) => {
    const session = await gate.signIn('mica');
    const json = { 'Content-Type': 'application/json', Origin: gate.origin };
    const ask = (headers: Record<string, string>) =>
      gate.ask(`/_dashgate/${page}`, {
        method,
        headers: { ...headers, ...json, Cookie: `${session}; ${cookie}` },
        ...(method === 'POST' && { body: JSON.stringify({ user: 'mike', password: 'mike-Qp4' }) }),
      });
    const cookie = await signIn();
    for (const headers of [IN_FRAME, LOADS_FRAME, {}]) {
      const answer = await ask(headers);
      expect(answer.status).toBe(403);
      expect(answer.headers.getSetCookie()).toEqual([]);
    }
    expect((await gate.ask('/hr', { headers: { ...WINDOW, Cookie: session } })).status).toBe(200);
  });
});

describe('a token in an address', () => {
  it('is good once, whichever way it came first', async () => {
    const token = mint();
    expect((await loads({ token, target: '/' })).status).toBe(303);
    expect(JSON.parse((await embed(gate, { token, target: '/' })).body)).toMatchObject({ name: 'JTI_ALREADY_USED' });
    const answers = await Promise.all(Array.from({ length: 5 }, () => embed(gate, { token: fresh, target: '/' })));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401, 401, 401, 401]);
  });
  const fresh = mint();

  it('stands in no log and in no answer, and is told to nobody', async () => {
    for (const token of [mint(), mint({ claims: { aud: 'x' } }), 'no-token-at-all-but-secret']) {
      const answer = await loads({ token, target: '/' });
      expect(`${answer.body}${[...answer.headers]}`).not.toContain(token);
      expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
      expect(answer.headers.get('cache-control')).toBe('no-store');
      expect(gate.logText()).not.toContain(token);
    }
  });

  it('is not taken in a window of its own, and not used up by one, nor by HEAD', async () => {
    const token = mint();
    const window = await loads({ token, target: '/' }, { ...WINDOW, Referer: `${HOST_PAGE}/` });
    expect([window.status, frameCookie(window), window.headers.get('x-frame-options')]).toEqual([403, '', 'DENY']);
    const head = await gate.ask(`/_dashgate/embed?token=${token}`, { method: 'HEAD', headers: framedBy(HOST_PAGE) });
    expect([head.status, frameCookie(head)]).toEqual([405, '']);
    expect((await loads({ token, target: '/' })).status).toBe(303);
  });

  it.each([
    '//evil.example/',
    '/\\evil.example/',
    'https://evil.example/',
    'https://dash.example.com.evil.example/',
    'https://dash.example.com@evil.example/',
    'https://dash.example.com:444/',
    'http://dash.example.com/',
    '/\t/evil.example/',
    'javascript:alert(1)',
    'data:text/html,x',
    '/_dashgate/sessions',
    '/_DASHGATE/login',
    '/./\\evil.example',
    '/wiki/',
    'https://other.example.com/',
    '',
  ])('leads nowhere but to a dashboard of its own: %j', async (target) => {
    for (const answer of [await loads({ token: mint(), target }), await embed(gate, { token: mint(), target })]) {
      expect([answer.status, frameCookie(answer), answer.headers.get('location')]).toEqual([403, '', null]);
    }
  });
});
