import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Gate, PASSWORDS, startGate } from '../support/gate.ts';
import { A, B, SEVERAL, SIGN_IN, signInAt } from '../support/several-hosts.ts';
import { createVisitor, type Visitor } from '../support/visitor.ts';

// Codes that carry a session between hosts: JupyterHub CVE-2024-28233 and CVE-2026-40864 (cookies of sibling domains), Pomerium
// CVE-2024-47616 (a token of one place taken at another), authentik CVE-2024-23647 (a code that is bound to nothing), and
// RFC 6819 §4.4.1: replayed, leaked, injected, and fixed codes.

let gate: Gate;
beforeAll(async () => {
  gate = await startGate(SEVERAL);
});
afterAll(() => gate[Symbol.asyncDispose]());

const isHandoffAt = (origin: string) => (next: string) => next.startsWith(`${origin}/_dashgate/handoff?`);
/** A person who is signed in where people sign in. */
async function signedIn(user: 'mica' | 'nora' = 'mica', of: Gate = gate): Promise<Visitor> {
  const visitor = createVisitor(of);
  await signInAt(visitor, user, `${SIGN_IN}/`);
  return visitor;
}
/** The address with a code that a person is about to follow. */
async function codeFor(visitor: Visitor, url: string): Promise<string> {
  const { next } = await visitor.visit(url, undefined, isHandoffAt(new URL(url).origin));
  if (next === null) throw new Error('there was no code');
  return next;
}
const who = async (visitor: Visitor, origin: string): Promise<string> => {
  const answer = await visitor.ask(`${origin}/_dashgate/session`);
  return answer.status === 200 ? JSON.parse(answer.body).user : '';
};

it('the control: the browser that left with its nonce is signed in, once', async () => {
  const mica = await signedIn();
  const code = await codeFor(mica, `${A}/x?y=1`);
  const answer = await mica.ask(code);
  expect([answer.status, answer.headers.get('location')]).toEqual([303, `${A}/x?y=1`]);
  expect(await who(mica, A)).toBe('mica');
});

it('an attacker’s code in a victim’s browser signs nobody in as the attacker, and is used up by that', async () => {
  const attacker = await signedIn('nora');
  const code = await codeFor(attacker, `${A}/`);
  const victim = createVisitor(gate);
  // Also one who has begun a sign-in of their own here.
  await victim.ask(`${A}/_dashgate/login?return_to=${A}/`);
  const answer = await victim.ask(code);
  expect(answer.status).toBe(403);
  expect(answer.body).toContain('not begun by this browser');
  expect(answer.body).toContain(`href="${A}/_dashgate/login?return_to=${encodeURIComponent(`${A}/`)}"`);
  expect(await who(victim, A)).toBe('');
  expect(answer.headers.getSetCookie()).toEqual([]);
  expect((await attacker.ask(code)).status).toBe(403);
  expect(await who(attacker, A)).toBe('');
});

it('who is signed in already stays who they are', async () => {
  const victim = await signedIn('mica');
  await victim.visit(`${A}/`);
  const code = await codeFor(await signedIn('nora'), `${A}/x`);
  const answer = await victim.ask(code);
  expect([answer.status, answer.headers.get('location')]).toEqual([303, `${A}/x`]);
  expect(await who(victim, A)).toBe('mica');
});

it('a code that was seen on its way is of no use to another browser, nor a second time', async () => {
  const mica = await signedIn();
  const code = await codeFor(mica, `${A}/`);
  expect((await mica.ask(code)).status).toBe(303);
  const thief = createVisitor(gate);
  expect((await thief.ask(code)).status).toBe(403);
  // Not even with all that the victim's browser had, but the session.
  mica.jar.get(new URL(A).host)?.delete('__Host-dashgate');
  expect((await mica.ask(code)).body).toContain('was used before');
  expect(await who(mica, A)).toBe('');
});

it('a code is good at one host: at another it is refused, whatever cookies come with it', async () => {
  const mica = await signedIn();
  const code = await codeFor(mica, `${A}/`);
  const { search } = new URL(code);
  for (const [name, value] of mica.jar.get(new URL(A).host) ?? []) {
    for (const host of ['b.example.net', 'dash.example.com']) mica.jar.get(host)?.set(name, value);
    mica.jar.set('b.example.net', new Map([[name, value]]));
  }
  const answer = await mica.ask(`${B}/_dashgate/handoff${search}`);
  expect(answer.status).toBe(403);
  expect(await who(mica, B)).toBe('');
});

it('a code of a minute ago is refused', async () => {
  await using own = await startGate(SEVERAL);
  const mica = await signedIn('mica', own);
  const code = await codeFor(mica, `${A}/`);
  own.advance(61_000);
  const answer = await mica.ask(code);
  expect(answer.status).toBe(403);
  expect(answer.body).toContain('longer than a minute');
});

it('a used code stays used when everything has been started anew', async () => {
  await using own = await startGate(SEVERAL);
  const mica = await signedIn('mica', own);
  const code = await codeFor(mica, `${A}/`);
  const before = new Map(mica.jar.get('a.example.com'));
  expect((await mica.ask(code)).status).toBe(303);
  await own.restart();
  mica.jar.set('a.example.com', before);
  expect((await mica.ask(code)).status).toBe(403);
});

it.each(['logout', 'everywhere'])('a session that ended while its code was on the way is refused: %s', async (how) => {
  const mica = await signedIn();
  const code = await codeFor(mica, `${A}/`);
  await mica.ask(`${SIGN_IN}/_dashgate/logout`, how === 'everywhere' ? { everywhere: 'on' } : {});
  const answer = await mica.ask(code);
  expect(answer.status).toBe(403);
  expect(answer.body).toContain('ended while it was on the way');
  expect(await who(mica, A)).toBe('');
});

it('no session cookie is a code, no code is a session cookie, and an altered code is none', async () => {
  const mica = await signedIn();
  const session = mica.jar.get('dash.example.com')?.get('__Host-dashgate') ?? '';
  const address = new URL(await codeFor(mica, `${A}/`));
  const code = address.searchParams.get('code') ?? '';
  const [head, , nonce, text, tag] = code.split('.') as [string, string, string, string, string];
  const flipped = `${text.slice(0, 20)}${text[20] === 'A' ? 'B' : 'A'}${text.slice(21)}`;
  const [other] = Buffer.from(head, 'base64url').toString().replace('handoff', 'session').split('\n');
  for (const bad of [
    ...['', 'x', session, 'a.b.c.d.e', code.slice(0, -1), `${code}.x`, 'x'.repeat(6_000)],
    ...[
      [head, '', nonce, flipped, tag].join('.'),
      [Buffer.from(other ?? '').toString('base64url'), '', nonce, text, tag].join('.'),
    ],
  ]) {
    address.searchParams.set('code', bad);
    const answer = await mica.ask(address.href);
    expect(answer.status, bad).toBe(403);
    expect(answer.body).toContain('cut short');
  }
  const thief = createVisitor(gate);
  thief.jar.set('a.example.com', new Map([['__Host-dashgate', code]]));
  expect(await who(thief, A)).toBe('');
  // None of that has used the real one up.
  address.searchParams.set('code', code);
  expect((await mica.ask(address.href)).status).toBe(303);
});

it('two codes, two ways back or two digests are none', async () => {
  const mica = await signedIn();
  const code = await codeFor(mica, `${A}/`);
  expect((await mica.ask(`${code}&code=x`)).status).toBe(403);
  expect((await mica.ask(`${SIGN_IN}/_dashgate/handoff?return_to=${A}/&return_to=${B}/app/&for=x`)).status).toBe(403);
  expect((await mica.ask(`${SIGN_IN}/_dashgate/handoff?return_to=${A}/&for=${DIGEST}&for=${DIGEST}`)).status).toBe(403);
  for (const digest of ['', 'x', 'x'.repeat(44), '%0d%0aSet-Cookie:a=b', `${'x'.repeat(42)}.`]) {
    const answer = await mica.ask(`${SIGN_IN}/_dashgate/handoff?return_to=${A}/&for=${digest}`);
    expect(answer.status, digest).toBe(403);
  }
});

const DIGEST = 'A'.repeat(43);

it.each([
  ...['https://evil.example/', '//evil.example', '/\\evil.example', 'https://a.example.com.evil.example/', ''],
  ...[
    'https://a.example.com@evil.example/',
    'http://a.example.com/',
    'https://a.example.com:8443/',
    'javascript:alert(1)',
  ],
  ...[
    'https://xa.example.com/',
    'https://a.example.com/_dashgate/logout',
    'https://A.example.com\t.evil.example/',
    '/here',
  ],
  ...['https://dash.example.com/', 'https://a.exampleXcom/', 'https://a.example.com./', 'https://user@a.example.com/'],
])('a code goes to no place but that of an app: return_to=%j', async (target) => {
  const mica = await signedIn();
  for (const rest of ['', `&for=${DIGEST}`]) {
    const answer = await mica.ask(`${SIGN_IN}/_dashgate/handoff?return_to=${encodeURIComponent(target)}${rest}`);
    expect([answer.status, answer.headers.get('location')]).toEqual([403, null]);
  }
  // And at the app's host, a good code leads on to that host only.
  const code = new URL(await codeFor(mica, `${A}/`));
  code.searchParams.set('return_to', target);
  const place = (await mica.ask(code.href)).headers.get('location');
  expect(new URL(place ?? '').origin).toBe(A);
});

it('whatever a way back is made of, it leads to a host of ours', async () => {
  const mica = await signedIn();
  const piece = fc.constantFrom(
    'https:',
    'http:',
    '//',
    '/',
    '\\',
    '@',
    '.',
    ':',
    'a.example.com',
    'b.example.net',
    'evil.example',
    '#',
    '?',
    'x',
    '%2f',
    '\t',
  );
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 7 }), async (pieces) => {
      const target = encodeURIComponent(pieces.join(''));
      for (const [origin, rest] of [
        [SIGN_IN, `handoff?return_to=${target}&for=${DIGEST}`],
        [SIGN_IN, `handoff?return_to=${target}`],
        [A, `login?return_to=${target}`],
        [A, `handoff?return_to=${target}&code=x`],
      ]) {
        const place = (await mica.ask(`${origin}/_dashgate/${rest}`)).headers.get('location');
        if (place !== null) expect([SIGN_IN, A, B]).toContain(new URL(place, origin).origin);
      }
    }),
    { numRuns: 100 },
  );
});

it('only a page that a person opens goes this way: no script, frame or image is given a code', async () => {
  const mica = await signedIn();
  const address = `${SIGN_IN}/_dashgate/handoff?return_to=${A}/&for=${DIGEST}`;
  for (const [mode, dest] of [
    ['cors', 'empty'],
    ['no-cors', 'image'],
    ['navigate', 'iframe'],
    ['navigate', 'embed'],
  ] as const) {
    const answer = await mica.ask(address, undefined, { 'Sec-Fetch-Mode': mode, 'Sec-Fetch-Dest': dest });
    expect([answer.status, answer.headers.get('location')]).toEqual([401, null]);
  }
});

it('codes and nonces are in no log, told to no other place, and kept by no cache', async () => {
  const mica = await signedIn();
  const address = await codeFor(mica, `${A}/`);
  const nonces = [...(mica.jar.get('a.example.com') ?? [])];
  const answers = [await mica.ask(address), await createVisitor(gate).ask(address)];
  for (const { headers, body } of answers) {
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(body).not.toContain(new URL(address).searchParams.get('code') ?? '?');
  }
  expect(answers[1]?.body).toContain('<meta name="referrer" content="no-referrer">');
  expect(nonces.length).toBeGreaterThan(0);
  for (const secret of [new URL(address).searchParams.get('code') ?? '?', ...nonces.map(([, value]) => value)]) {
    expect(gate.logText()).not.toContain(secret);
  }
  expect(gate.logText()).toContain('"why":"not-begun-here"');
});

it('a dashboard’s own worker that catches a code on its way wins a cookie of that host, and of no other', async () => {
  // It begins a sign-in of its own, and has the victim’s browser fetch the code for that.
  const thief = createVisitor(gate);
  const left = await thief.ask(`${A}/_dashgate/login?return_to=${A}/`);
  const victim = await signedIn('mica');
  await victim.visit(`${B}/app/`);
  const { next } = await victim.visit(left.headers.get('location') ?? '', undefined, isHandoffAt(A));
  await thief.ask(next ?? '');
  const won = thief.jar.get('a.example.com')?.get('__Host-dashgate') ?? '';
  expect(await who(thief, A)).toBe('mica');
  for (const origin of [SIGN_IN, B]) {
    thief.jar.set(new URL(origin).host, new Map([['__Host-dashgate', won]]));
    expect(await who(thief, origin)).toBe('');
    expect((await thief.ask(`${origin}${origin === B ? '/app/' : '/'}`)).status).toBe(302);
  }
  // With the session it ends.
  await victim.ask(`${B}/_dashgate/logout`, { sent: 'x' });
  expect(await who(thief, A)).toBe('');
});

it('who ends all other sessions at a dashboard’s host gets a cookie of that host, and of no other', async () => {
  const mica = await signedIn('mica');
  await mica.visit(`${A}/`);
  const before = mica.jar.get('a.example.com')?.get('__Host-dashgate');
  await mica.ask(`${A}/_dashgate/sessions`, { end: 'others', password: PASSWORDS.mica });
  const after = mica.jar.get('a.example.com')?.get('__Host-dashgate') ?? '';
  expect(after).not.toBe(before);
  expect(await who(mica, A)).toBe('mica');
  const thief = createVisitor(gate);
  for (const origin of [SIGN_IN, B]) {
    thief.jar.set(new URL(origin).host, new Map([['__Host-dashgate', after]]));
    expect(await who(thief, origin)).toBe('');
  }
});

it('a nonce is no business of a dashboard: it gets none, and can set none', async () => {
  await using own = await startGate({
    ...SEVERAL,
    answer: (request, response) => {
      response.setHeader('Set-Cookie', ['__Host-dashgate-handoff.abcdefgh=x; Secure; Path=/', 'theirs=1']);
      response.end(JSON.stringify(request.headers.cookie ?? ''));
    },
  });
  const mica = createVisitor(own);
  mica.jar.set('a.example.com', new Map([['theirs', '0']]));
  await mica.ask(`${A}/_dashgate/login?return_to=${A}/`);
  expect([...(mica.jar.get('a.example.com')?.keys() ?? [])].join()).toContain('__Host-dashgate-handoff.');
  const answer = await mica.ask(`${A}/open/x`);
  expect([answer.status, answer.body]).toEqual([200, '"theirs=0"']);
  expect(answer.headers.getSetCookie()).toEqual(['theirs=1']);
});

it('nonces do not pile up, whatever is sent', async () => {
  const visitor = createVisitor(gate);
  const cookies = new Map<string, string>();
  for (let at = 0; at < 300; at++) cookies.set(`__Host-dashgate-handoff.${at}`, 'x'.repeat(22));
  visitor.jar.set('a.example.com', cookies);
  for (let at = 0; at < 30; at++) {
    const { headers } = await visitor.ask(`${A}/_dashgate/login?return_to=${A}/`);
    expect(headers.getSetCookie().length).toBeLessThanOrEqual(14);
  }
  expect(cookies.size).toBeLessThanOrEqual(10);
});

it('a very long way back costs nobody the sign-in', async () => {
  const mica = await signedIn();
  const long = `${A}/${'%22'.repeat(1_200)}`;
  const code = await codeFor(mica, `${A}/_dashgate/login?return_to=${encodeURIComponent(long)}`);
  expect(code.length).toBeLessThan(8_000);
  const { answer } = await mica.visit(code);
  expect(answer.status).toBe(200);
  expect(await who(mica, A)).toBe('mica');
});
