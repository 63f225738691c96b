import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Gate, PASSWORDS, startGate } from '../support/gate.ts';

// oauth2-proxy CVE-2020-5233, -11053, -4037, CVE-2021-21291, CVE-2017-1000069, -1000070; Authelia CVE-2021-29456;
// authcrunch CVE-2024-21497, -21498; JupyterHub CVE-2026-33709, CVE-2019-10255; Traefik CVE-2024-52003; Pomerium
// CVE-2021-29651, -29652; mod_auth_openidc CVE-2022-23527*; authentik CVE-2026-41569, CVE-2024-52289; express
// CVE-2024-29041*

let gate: Gate;
beforeAll(async () => {
  gate = await startGate({
    apps: [
      { name: 'sales', at: '/', upstream: '$UPSTREAM' },
      { name: 'other', at: 'http://other.example.com/', upstream: '$UPSTREAM' },
    ],
  });
});
afterAll(() => gate[Symbol.asyncDispose]());

const H = 'dash.example.com';
const ELSEWHERE = [
  ...[
    '//evil.example',
    '//evil.example/',
    '///evil.example',
    '////evil.example',
    '/\\evil.example',
    '/\\/evil.example',
    '\\/evil.example',
  ],
  ...[
    '\\\\evil.example',
    '/\t/evil.example',
    '/\n/evil.example',
    '/\r/evil.example',
    '/\r\n/evil.example',
    '\t//evil.example',
    ' //evil.example',
  ],
  ...[
    '/\v/evil.example',
    '/\f/evil.example',
    '/\0/evil.example',
    '\0//evil.example',
    '/ /evil.example',
    '//\tevil.example',
    '/.//evil.example',
  ],
  ...[
    '/./\\evil.example',
    '/../\\evil.example',
    '/..//evil.example',
    '/x/..//evil.example',
    '/%2e//evil.example',
    '/%2e%2e//evil.example',
  ],
  ...[
    'http://evil.example',
    'https://evil.example',
    'HTTP://EVIL.EXAMPLE',
    'http:evil.example',
    'http:/evil.example',
    'http:///evil.example',
    'http:\\\\evil.example',
  ],
  ...[
    `http://${H}@evil.example`,
    `http://${H}:80@evil.example`,
    `http://evil.example#@${H}`,
    `http://evil.example?@${H}`,
    `http://evil.example\\@${H}`,
  ],
  ...[`http://user@${H}/`, `http://user:pass@${H}/`, `//user@${H}/`, `http://${H}%40evil.example`],
  ...[
    `http://${H}.evil.example`,
    `http://${H}evil.example`,
    `http://evil${H}`,
    `http://evil.${H}`,
    `http://evil.example/${H}`,
    `http://${H}.`,
  ],
  ...[
    `http://${H}:8080/`,
    `http://${H}:443/`,
    `https://${H}/`,
    `https://${H}:80/`,
    `ftp://${H}/`,
    `ws://${H}/`,
    `//${H}:81/`,
  ],
  ...[
    'http://dashXexample.com/',
    'http://dash.exampleXcom/',
    'http://dash。example。com.evil.example/',
    `http://${H}\u3002evil.example`,
    'http://еxample.com/',
    `http://d\u0430sh.example.com/`,
  ],
  ...[
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    ' javascript:alert(1)',
    'java\tscript:alert(1)',
    '\x01javascript:alert(1)',
    'javascript://dash.example.com/%0aalert(1)',
  ],
  ...[
    'data:text/html,<script>alert(1)</script>',
    'vbscript:x',
    'file:///etc/passwd',
    'about:blank',
    `blob:http://${H}/x`,
    'mailto:a@b',
    `view-source:http://${H}/`,
  ],
  ...[
    'evil.example',
    'x',
    '.',
    '..',
    '?x',
    '#x',
    '',
    '*',
    '%2f%2fevil.example',
    '%5c%5cevil.example',
    'http%3a%2f%2fevil.example',
    '/%09/evil.example'.replace('%09', '\t'),
  ],
  ...[
    'http://127.0.0.1/',
    'http://localhost/',
    'http://[::1]/',
    'http://2130706433/',
    'https://other.example.com/',
    'http://other.example.com:81/',
    'http://other.example.com.evil.example/',
    'http://user@other.example.com/',
    'http://other.example.com/_dashgate/logout',
    'http://[evil',
    'http://',
    'http://%',
    `http://${H}:99999/`,
  ],
  ...[
    '/_dashgate/logout',
    '/_dashgate/login',
    '/_DASHGATE/login',
    '/_dashgate',
    '/x/../_dashgate/logout',
    `http://${H}/_dashgate/logout`,
    '/./_dashgate/login',
    '/%2e/_dashgate/x',
  ],
  ...[
    `/${'x'.repeat(5_000)}`,
    '/\u2028evil',
    '/ä',
    '/\xa0/evil.example',
    '/\ufeff/evil.example',
    '/a\r\nSet-Cookie: x=y',
    '/a\nb',
    '/a b',
  ],
];

/** The way from here to what is written, if it is ours: as it stands in the list. */
const OURS: [string, string][] = [
  ['/', `http://${H}/`],
  ['/x?y=1#z', `http://${H}/x?y=1#z`],
  [`http://${H}/x`, `http://${H}/x`],
  [`HTTP://DASH.example.COM:80/X`, `http://${H}/X`],
  ['/x?next=//evil.example', `http://${H}/x?next=//evil.example`],
  [`http://:@${H}/x`, `http://${H}/x`],
  ['/a/../b', `http://${H}/b`],
  ['/%2f%2fevil.example', `http://${H}/%2f%2fevil.example`],
  ['/"><script>', `http://${H}/%22%3E%3Cscript%3E`],
];

const post = (returnTo: string | string[], type: 'form' | 'json', cookie = '') => {
  const fields = { user: 'nora', password: PASSWORDS.nora };
  const form = new URLSearchParams(fields);
  for (const each of [returnTo].flat()) form.append('return_to', each);
  return gate.ask('/_dashgate/login', {
    method: 'POST',
    headers:
      type === 'form'
        ? { Origin: gate.origin, 'Content-Type': 'application/x-www-form-urlencoded', Cookie: cookie }
        : { 'Content-Type': 'application/json', Cookie: cookie },
    body: type === 'form' ? form.toString() : JSON.stringify({ ...fields, return_to: returnTo }),
  });
};

/** Every address that a page gives a browser to follow or to send to. */
const addressesOf = (page: string): string[] =>
  [...page.matchAll(/(?:href|src|action|value|content)="([^"]*)"/g)].map((match) => match[1] ?? '');

const page = (returnTo: string, cookie = '') =>
  gate.ask(`/_dashgate/login?return_to=${encodeURIComponent(returnTo.toWellFormed())}`, {
    headers: { Cookie: cookie, Accept: 'text/html' },
  });

const leadsOff = (address: string): boolean =>
  URL.canParse(address, gate.origin) &&
  ![gate.origin, 'http://other.example.com'].includes(new URL(address, gate.origin).origin);

describe.each(ELSEWHERE)('return_to=%j', (target) => {
  it('is forgotten by the page and by both kinds of login', async () => {
    const shown = await page(target);
    expect(shown.status).toBe(200);
    expect(shown.body).not.toContain('name="return_to"');
    for (const type of ['form', 'json'] as const) {
      const answer = await post(target, type);
      const place = type === 'form' ? answer.headers.get('location') : JSON.parse(answer.body).return_to;
      expect(place).toBe(`${gate.origin}/_dashgate/login`);
    }
  });
});

it.each(OURS)('%j is followed as the parser writes it', async (target, written) => {
  expect((await post(target, 'form')).headers.get('location')).toBe(written);
  expect(JSON.parse((await post(target, 'json')).body).return_to).toBe(written);
  const shown = await page(target);
  expect(addressesOf(shown.body)).toContain(written.replaceAll('&', '&amp;'));
});

it('two of them are none', async () => {
  const answer = await gate.ask('/_dashgate/login?return_to=/x&return_to=//evil.example');
  expect(answer.body).not.toContain('name="return_to"');
  expect((await post(['/x', '//evil.example'], 'form')).status).toBe(400);
  expect((await post(['/x', '//evil.example'], 'json')).status).toBe(400);
});

it('nothing that is made of such pieces leads off the origin', async () => {
  const cookie = await gate.signIn('nora');
  const piece = fc.oneof(
    fc.constantFrom(
      ...[
        '/',
        '\\',
        '//',
        ':',
        '@',
        '.',
        '..',
        '?',
        '#',
        '%',
        '\t',
        '\n',
        '\r',
        '\0',
        ' ',
        'http:',
        'https:',
        'javascript:',
        H,
        'evil.example',
      ],
      ...[
        '%2f',
        '%5c',
        '%09',
        '\u3002',
        '\uff0f',
        '\u2215',
        '\ufe55',
        '[',
        ']',
        '&',
        ';',
        '"',
        "'",
        '<',
        'x',
        '\xad',
        '\u200b',
      ],
    ),
    fc.string({ unit: 'grapheme', maxLength: 3 }),
  );
  const targets = fc.array(piece, { minLength: 1, maxLength: 7 }).map((pieces) => pieces.join(''));
  await fc.assert(
    fc.asyncProperty(targets, async (target) => {
      const answer = await page(target, cookie);
      expect(answer.status).toBe(200);
      expect(addressesOf(answer.body).filter(leadsOff)).toEqual([]);
      const redirected = (await post(target, 'form')).headers.get('location') ?? '';
      expect(redirected.startsWith(`${gate.origin}/`)).toBe(true);
      expect(new URL(redirected).href).toBe(redirected);
    }),
    { numRuns: 200 },
  );
});

it('X-Forwarded-Prefix, -Host and Referer are not where the way leads', async () => {
  const headers = {
    'X-Forwarded-Prefix': '//evil.example',
    'X-Forwarded-Host': 'evil.example',
    'X-Forwarded-Proto': 'javascript',
    Referer: 'http://evil.example/',
    Accept: 'text/html',
  };
  for (const path of ['/x', '/_dashgate/login', '/_dashgate/logout', '/_dashgate/nothing']) {
    const answer = await gate.ask(path, { headers });
    expect([...answer.headers].join() + answer.body).not.toContain('evil.example');
  }
});

it('the login redirect carries the page that was wanted, and nothing that leads off', async () => {
  for (const path of [
    '/x?next=//evil.example',
    '/x?a=%0d%0aSet-Cookie:x',
    '/@evil.example',
    '/http://evil.example'.replace('//', '/'),
  ]) {
    const answer = await gate.ask(path, { headers: { Accept: 'text/html' } });
    expect(answer.status).toBe(302);
    const place = new URL(answer.headers.get('location') ?? '');
    expect(place.origin + place.pathname).toBe(`${gate.origin}/_dashgate/login`);
    expect([...place.searchParams.keys()]).toEqual(['return_to']);
    expect(place.searchParams.get('return_to')).toBe(gate.origin + path);
  }
});
