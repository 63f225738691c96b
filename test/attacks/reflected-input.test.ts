import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createScripts } from '../../src/notice/script.ts';
import { basic, type Gate, rawTo, startGate } from '../support/gate.ts';
import { OWN } from '../support/own-paths.ts';

const SIGNED_OUT = OWN.asset(createScripts(OWN).signedOut.name);

// Authelia CVE-2026-33525; authcrunch CVE-2023-52430, CVE-2024-21496, -21499 and its Referer and path fixes of 2026;
// express CVE-2024-43796*

let gate: Gate;
let cookie: string;
beforeAll(async () => {
  gate = await startGate({
    login: { title: '<b>Title</b> & "more"', footer: '</p><script>alert(1)</script>' },
    apps: [
      {
        name: 'sales',
        at: '/',
        upstream: 'http://127.0.0.1:9',
        resources: [{ resource: 'hr', paths: ['/hr', '/hr/**'] }],
      },
    ],
  });
  cookie = await gate.signIn('nora');
});
afterAll(() => gate[Symbol.asyncDispose]());

const MARK = 'rEfLeCtEd';
const MARKUP = `${MARK}"'><script>alert(1)</script><img src=x onerror=alert(1)>`;

const HEADERS: Record<string, string> = {
  Referer: `http://evil.example/${MARKUP}`,
  'User-Agent': MARKUP,
  'X-Request-Id': MARK,
  'X-Forwarded-Host': MARKUP,
  'X-Forwarded-Prefix': MARKUP,
  'X-Forwarded-For': MARKUP,
  'X-Original-URI': MARKUP,
  'Accept-Language': MARKUP,
  'X-Dashgate-User': MARKUP,
  Cookie: `a=${MARK}; dashgate=${MARK}`,
};

type Case = [what: string, path: string, method: string, headers: Record<string, string>, body?: string];
const FORM = { 'Content-Type': 'application/x-www-form-urlencoded', Origin: 'http://dash.example.com' };
const JSON_BODY = { 'Content-Type': 'application/json' };
const PAGE = { Accept: 'text/html' };
const q = encodeURIComponent(MARKUP);

const cases = (session: string): Case[] => [
  ['the login page', `/_dashgate/login?user=${q}&error=${q}&return_to=${q}`, 'GET', { ...HEADERS, ...PAGE }],
  ['the logout page', `/_dashgate/logout?x=${q}`, 'GET', { ...HEADERS, ...PAGE }],
  ['the logout page, signed in', `/_dashgate/logout?x=${q}`, 'GET', { ...HEADERS, ...PAGE, Cookie: session }],
  ['the landing page', `/_dashgate/login?x=${q}`, 'GET', { ...HEADERS, ...PAGE, Cookie: session }],
  [
    'a wrong password',
    '/_dashgate/login',
    'POST',
    { ...HEADERS, ...PAGE, ...FORM },
    `user=${q}&password=${q}&return_to=${q}`,
  ],
  [
    'a wrong password, JSON',
    '/_dashgate/login',
    'POST',
    JSON_BODY,
    JSON.stringify({ user: MARKUP, password: MARKUP, return_to: MARKUP }),
  ],
  ['an incomplete form', '/_dashgate/login', 'POST', { ...HEADERS, ...PAGE, ...FORM }, `user=${q}`],
  [
    'a form from elsewhere',
    '/_dashgate/login',
    'POST',
    { ...PAGE, ...FORM, Origin: `http://${MARK}` },
    `user=${q}&password=${q}`,
  ],
  ['a field twice', '/_dashgate/login', 'POST', { ...PAGE, ...FORM }, `user=${q}&user=${q}&password=x`],
  ['broken JSON', '/_dashgate/login', 'POST', { ...JSON_BODY, ...PAGE }, `{"user": ${MARKUP}`],
  [
    'a body that is too large',
    '/_dashgate/login',
    'POST',
    { ...JSON_BODY, ...PAGE },
    JSON.stringify({ user: MARKUP.repeat(1_000) }),
  ],
  ['another content type', '/_dashgate/login', 'POST', { ...FORM, 'Content-Type': `text/${MARK}` }, MARKUP],
  [
    'another charset',
    '/_dashgate/login',
    'POST',
    { ...FORM, 'Content-Type': `application/json; charset=${MARK}` },
    '{}',
  ],
  ['another encoding', '/_dashgate/login', 'POST', { ...JSON_BODY, 'Content-Encoding': MARK }, '{}'],
  ['another method', `/_dashgate/login?${q}`, 'DELETE', HEADERS],
  ['no page of ours', `/_dashgate/${q}?${q}`, 'GET', { ...HEADERS, ...PAGE }],
  ['no page of ours, for a program', `/_dashgate/${MARK}`, 'GET', HEADERS],
  ['a broken escape below our prefix', `/_dashgate/%zz${MARK}`, 'GET', PAGE],
  ['the check’s path', `/_dashgate/auth/nginx?${q}`, 'GET', PAGE],
  ['nobody, as a program', `/x?${q}`, 'GET', HEADERS],
  ['a bad password', '/x', 'GET', { ...HEADERS, Authorization: basic(MARKUP, MARKUP) }],
  ['a target that is none', `/a;${MARK}`, 'GET', { ...HEADERS, ...PAGE }],
  ['a target that is none, as a program', `/a%00${MARK}`, 'GET', HEADERS],
  ['a missing grant', `/hr/${MARK}?${q}`, 'GET', { ...HEADERS, ...PAGE, Cookie: session }],
  ['a missing grant, as a program', `/hr/${MARK}?${q}`, 'GET', { ...HEADERS, Cookie: session }],
  ['another site', `/x/${MARK}`, 'POST', { ...HEADERS, Cookie: session, Origin: `http://${MARK}.example` }],
  ['a dashboard that is down', `/x/${MARK}?${q}`, 'GET', { ...HEADERS, ...PAGE, Cookie: session }],
  ['a dashboard that is down, as a program', `/x/${MARK}?${q}`, 'GET', { ...HEADERS, Cookie: session }],
];

/** Where to come back to after signing in: checked, serialised, and encoded once more. */
const withoutTheWayBack = (body: string): string =>
  body.replace(/\?return_to=http%3A%2F%2Fdash\.example\.com%2F[^"<>\s]*"/g, '"');

/** The one script there is: where nobody is signed in any more, it tells other windows to look. By its whole address, and only there. */
const SCRIPTED = 'the logout page';
const withoutOurScript = (what: string, body: string): string =>
  what === SCRIPTED ? body.replace(`<script src="${SIGNED_OUT}"></script>`, '') : body;
const withoutItsPolicy = (what: string, policy: string): string =>
  what === SCRIPTED ? policy.replace(`;script-src ${gate.origin}${SIGNED_OUT}`, '') : policy;

it('no answer of ours repeats anything of the request, but the way back to a page of ours', async () => {
  for (const [what, path, method, headers, body] of cases(cookie)) {
    const answer = await gate.ask(path, { method, headers, ...(body !== undefined && { body }) });
    expect(withoutTheWayBack(answer.body), what).not.toContain(MARK);
    expect(withoutTheWayBack(withoutOurScript(what, answer.body)), what).not.toMatch(
      /<script|onerror|alert\(1\)<\/script>/,
    );
    expect([...answer.headers].join('\n'), what).not.toContain(MARK);
    expect(answer.status, what).toBeLessThan(what.startsWith('a dashboard') ? 503 : 500);
  }
});

it('the way back is encoded in the redirect to the login page', async () => {
  const answer = await gate.ask(`/x/${MARK}?${q}`, { headers: PAGE });
  expect(answer.status).toBe(302);
  expect(answer.body).toBe('');
  expect(answer.headers.get('location')).not.toMatch(/[<>"\s]/);
});

describe('every answer of ours', () => {
  it('allows no script but one of ours, no inline style, no frame around it, no guess at its type and no copy of it', async () => {
    for (const [what, path, method, headers, body] of cases(cookie)) {
      const answer = await gate.ask(path, { method, headers, ...(body !== undefined && { body }) });
      const policy = answer.headers.get('content-security-policy') ?? '';
      expect(policy, what).toMatch(/default-src 'none'/);
      expect(policy, what).toMatch(/frame-ancestors 'none'/);
      expect(policy, what).toMatch(/base-uri 'none'/);
      expect(policy, what).toMatch(/form-action 'self'/);
      expect(withoutItsPolicy(what, policy), what).not.toMatch(/unsafe|script-src|data:|\*|http:/);
      expect(answer.headers.get('x-frame-options'), what).toBe('DENY');
      expect(answer.headers.get('x-content-type-options'), what).toBe('nosniff');
      expect(answer.headers.get('cache-control'), what).toBe('no-store');
      expect(answer.headers.get('x-powered-by'), what).toBeNull();
      expect(answer.headers.get('content-type') ?? 'text/html', what).toMatch(
        /^(?:text\/html|application\/json); charset=utf-8$/,
      );
    }
  });

  it('its pages hold no script but one of ours, no handler and no style of their own', async () => {
    for (const [what, path, method, headers, body] of cases(cookie)) {
      const { body: page } = await gate.ask(path, { method, headers, ...(body !== undefined && { body }) });
      expect(withoutOurScript(what, page), what).not.toMatch(/<script|\son[a-z]+=|<style|\sstyle=|javascript:/i);
    }
  });
});

it('what the operator wrote stands there as text', async () => {
  const { body } = await gate.ask('/_dashgate/login', { headers: PAGE });
  expect(body).toContain('&lt;b&gt;Title&lt;/b&gt; &amp; &quot;more&quot;');
  expect(body).not.toContain('<script>');
});

// cookie CVE-2024-47764*: a name that carries attributes.
it('a cookie that is remembered is text in a form, whatever it holds, and sets no attribute', async () => {
  const remembered = `dashgate-user=${encodeURIComponent('"><script>alert(1)</script>')}`;
  const { body } = await gate.ask('/_dashgate/login', { headers: { ...PAGE, Cookie: remembered } });
  expect(body).toContain('value="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"');
  for (const value of ['j:{"toString":1}', 'j:["x"]', '%zz', `${'x'.repeat(5_000)}`, '%00', '__proto__']) {
    const answer = await gate.ask('/_dashgate/login', { headers: { ...PAGE, Cookie: `dashgate-user=${value}` } });
    expect(answer.status).toBe(200);
    expect(answer.body).not.toContain('x'.repeat(257));
  }
});

it.each([
  '%0d%0aSet-Cookie:%20a=b',
  '%0aX-Evil:%201',
  '\r\nX-Evil: 1',
  '\nX-Evil: 1',
  '\rX-Evil: 1',
  '\0',
  '%00',
  '%E5%98%8A%E5%98%8DX-Evil:1',
])('a line end in the target (%j) begins no header', async (text) => {
  for (const path of [`/x${text}`, `/x?${text}`, `/_dashgate/login?return_to=/${text}`, `/_dashgate/${text}`]) {
    const answer = await rawTo(
      gate,
      `GET ${path} HTTP/1.1\r\nHost: $HOST\r\nAccept: text/html\r\nConnection: close\r\n\r\n`,
    );
    expect(answer?.headers.get('x-evil') ?? null).toBeNull();
    expect(answer?.headers.getSetCookie() ?? []).not.toContain('a=b');
  }
});
