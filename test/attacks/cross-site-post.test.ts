import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { basicOf, cookieOf, type Gate, PASSWORDS, startGate } from '../support/gate.ts';

// JupyterHub CVE-2024-28233, CVE-2026-40864: a sibling domain, or any other site, signs somebody in or out.

let gate: Gate;
beforeAll(async () => {
  gate = await startGate({
    apps: [
      { name: 'sales', at: '/', upstream: '$UPSTREAM' },
      { name: 'wiki', at: 'http://wiki.example.com/', upstream: '$UPSTREAM', origins: ['https://portal.example.com'] },
    ],
  });
});
afterAll(() => gate[Symbol.asyncDispose]());

const FORM = 'application/x-www-form-urlencoded';
const OWN = 'http://dash.example.com';
const ORIGINS = [
  undefined,
  OWN,
  'null',
  'http://evil.example',
  'http://dash.example.com.evil.example',
  'http://evildash.example.com',
  'http://sub.dash.example.com',
  'http://example.com',
  'http://wiki.example.com',
  'https://portal.example.com',
  'https://dash.example.com',
  'http://dash.example.com:80',
  'http://dash.example.com:8080',
  'http://dash.example.com/',
  'http://DASH.example.com',
  'http://dash.example.com.',
  'http://dash.example.com, http://evil.example',
  '',
];
const SITES = [undefined, 'same-origin', 'none', 'same-site', 'cross-site', 'anything'];
const TYPES = [
  FORM,
  `${FORM}; charset=utf-8`,
  'text/plain',
  'multipart/form-data; boundary=x',
  'application/json',
  'application/json; charset=utf-8',
  'text/plain; application/json',
  undefined,
];

/** What the design says: a matching Origin, or none beside exactly `application/json`; and no word of another site. */
const isAllowed = (origin: string | undefined, site: string | undefined, type: string | undefined): boolean =>
  (site === undefined || site === 'same-origin' || site === 'none') &&
  (origin === OWN || (origin === undefined && type === 'application/json'));

const combinations = ORIGINS.flatMap((origin) =>
  SITES.flatMap((site) => TYPES.map((type) => ({ origin, site, type }))),
);

const headersOf = ({ origin, site, type }: (typeof combinations)[number]): Record<string, string> => ({
  ...(origin !== undefined && { Origin: origin }),
  ...(site !== undefined && { 'Sec-Fetch-Site': site }),
  ...(type !== undefined && { 'Content-Type': type }),
});

it('no other site signs anybody in, by any mixture of Origin, Sec-Fetch-Site and content type', async () => {
  for (const combination of combinations) {
    const { origin, site, type } = combination;
    const fields = { user: 'nora', password: PASSWORDS.nora };
    const body = type?.startsWith('application/json') ? JSON.stringify(fields) : new URLSearchParams(fields).toString();
    const answer = await gate.ask('/_dashgate/login', { method: 'POST', headers: headersOf(combination), body });
    const signedIn = answer.headers.getSetCookie().some((line) => /^dashgate=[^;]/.test(line));
    const said = JSON.stringify(combination);
    if (!isAllowed(origin, site, type)) expect([signedIn, answer.status], said).toEqual([false, 403]);
    else if (type === FORM || type === `${FORM}; charset=utf-8`)
      expect([signedIn, answer.status], said).toEqual([true, 303]);
    else if (type?.startsWith('application/json')) expect([signedIn, answer.status], said).toEqual([true, 200]);
    else expect([signedIn, [400, 415].includes(answer.status)], said).toEqual([false, true]);
  }
});

it('nor out', async () => {
  const cookie = await gate.signIn('nora');
  for (const combination of combinations) {
    const { origin, site, type } = combination;
    if (isAllowed(origin, site, type)) continue;
    const answer = await gate.ask('/_dashgate/logout', {
      method: 'POST',
      headers: { ...headersOf(combination), Cookie: cookie },
    });
    expect([303, 403], JSON.stringify(combination)).toContain(answer.status);
    expect(answer.headers.getSetCookie()).toEqual([]);
  }
  expect((await gate.ask('/x', { headers: { Cookie: cookie } })).status).toBe(200);
});

it('a refused login leaves the session that is there alone', async () => {
  const cookie = await gate.signIn('nora');
  await gate.ask('/_dashgate/login', {
    method: 'POST',
    headers: { Cookie: cookie, Origin: 'http://evil.example', 'Content-Type': FORM },
    body: 'user=mike&password=mike-Qp4',
  });
  expect((await gate.ask('/x', { headers: { Cookie: cookie } })).status).toBe(200);
});

it('a link, an image or a frame signs nobody out', async () => {
  const cookie = await gate.signIn('nora');
  for (const method of ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'PATCH']) {
    const answer = await gate.ask('/_dashgate/logout', {
      method,
      headers: { Cookie: cookie, 'X-HTTP-Method-Override': 'POST' },
    });
    expect(answer.headers.getSetCookie(), method).toEqual([]);
  }
  for (const path of ['/_dashgate/logout?_method=POST', '/_dashgate/login?user=mike&password=mike-Qp4']) {
    expect((await gate.ask(path, { headers: { Cookie: cookie } })).headers.getSetCookie()).toEqual([]);
  }
  expect((await gate.ask('/x', { headers: { Cookie: cookie } })).status).toBe(200);
});

it('no page of ours says that others may read it', async () => {
  for (const path of ['/_dashgate/login', '/_dashgate/session', '/_dashgate/logout', '/x']) {
    for (const method of ['GET', 'OPTIONS', 'POST']) {
      const answer = await gate.ask(path, {
        method,
        headers: { Origin: 'http://evil.example', 'Access-Control-Request-Method': 'POST' },
      });
      expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
    }
  }
});

describe('for a dashboard, an unsafe method from another site', () => {
  const METHODS = ['POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND', 'MKCOL'];

  it('is refused, signed in or not, in public or not', async () => {
    const cookie = await gate.signIn('mica');
    gate.upstream.clear();
    for (const method of METHODS) {
      for (const origin of ORIGINS.filter((each) => each !== undefined && each !== OWN)) {
        const headers = { Cookie: cookie, Origin: origin ?? '' };
        expect((await gate.ask('/x', { method, headers })).status, `${method} ${origin}`).toBe(403);
        const asked = await gate.verify('/x', { method, headers });
        expect([asked.status, asked.headers.get('x-dashgate-reason')]).toEqual([403, 'cross-site']);
      }
      for (const site of ['same-site', 'cross-site', 'anything', '']) {
        const headers = { Cookie: cookie, 'Sec-Fetch-Site': site };
        expect((await gate.ask('/x', { method, headers })).status, `${method} ${site}`).toBe(403);
      }
      const headers = { Cookie: cookie, Origin: OWN, 'Sec-Fetch-Site': 'cross-site' };
      expect((await gate.ask('/x', { method, headers })).status, method).toBe(403);
    }
    expect(gate.upstream.seen).toEqual([]);
  });

  it('is taken from the dashboard’s own page, and from an origin that is listed', async () => {
    const cookie = await gate.signIn('mica');
    expect((await gate.ask('/x', { method: 'POST', headers: { Cookie: cookie, Origin: OWN } })).status).toBe(200);
    const portal = { Cookie: cookie, Origin: 'https://portal.example.com', Host: 'wiki.example.com' };
    expect((await gate.ask('/x', { method: 'POST', headers: portal })).status).toBe(200);
    const suffix = { ...portal, Origin: 'https://portal.example.com.evil.example' };
    expect((await gate.ask('/x', { method: 'POST', headers: suffix })).status).toBe(403);
  });

  it('two Origins, or two words of Fetch Metadata, are refused', async () => {
    const cookie = await gate.signIn('mica');
    for (const name of ['Origin', 'Sec-Fetch-Site']) {
      const value = name === 'Origin' ? [OWN, OWN] : ['same-origin', 'same-origin'];
      const answer = await gate.ask('/x', { method: 'POST', headers: { Cookie: cookie, [name]: value } });
      expect(answer.status).toBe(400);
    }
  });

  it('Basic sets no cookie in a request that another site began', async () => {
    for (const site of ['cross-site', 'same-site']) {
      const answer = await gate.ask('/x', { headers: { Authorization: basicOf('mica'), 'Sec-Fetch-Site': site } });
      expect([answer.status, cookieOf(answer)]).toEqual([200, '']);
    }
  });
});
