import { describe, expect, it } from 'vitest';
import { type Ask, basic, basicOf, cookieOf, type Gate, PASSWORDS, startGate } from '../support/gate.ts';
import type { PlainResponse } from '../support/parse-response.ts';

// authcrunch CVE-2024-21500: no limit on attempts. Authelia CVE-2025-24806, CVE-2026-47203: an alias or another case gave a
// fresh counter. tinyauth CVE-2026-77561: 256 bogus names locked out everybody.

const NAVIGATION = { 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'document', Accept: 'text/html' };
const from = (address: string) => ({ 'X-Forwarded-For': address });
const STRANGER = from('198.51.100.66');

/** With a front that says where clients come from. */
const startLimited = (): Promise<Gate> =>
  startGate({ attempts: { limit: 'on' }, server: { trusted_proxies: ['127.0.0.1', 'unix'] } });

const logIn = (gate: Gate, user: string, password: string, headers: Ask['headers'] = STRANGER) =>
  gate.ask('/_dashgate/login', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify({ user, password }),
  });

const askBasic = (gate: Gate, user: string, password: string, headers: Ask['headers'] = STRANGER) =>
  gate.ask('/x', { headers: { Authorization: basic(user, password), ...headers } });

async function statuses(times: number, ask: (i: number) => Promise<PlainResponse>): Promise<number[]> {
  const found: number[] = [];
  for (let i = 0; i < times; i++) found.push((await ask(i)).status);
  return found;
}

/** All that a client can see, less what differs from request to request. */
const seen = ({ status, headers, body }: PlainResponse) => ({
  status,
  body,
  headers: [...headers].filter(([name]) => !['x-request-id', 'date'].includes(name)),
});

const deviceOf = (answer: PlainResponse): string =>
  answer.headers
    .getSetCookie()
    .map((line) => line.split(';', 1)[0] ?? '')
    .find((pair) => pair.startsWith('dashgate-device=')) ?? '';

const FIVE_WRONG = [401, 401, 401, 401, 401];

describe('guessing at one name', () => {
  it('is told to wait after five, longer each time, and the right password is no better than a wrong one', async () => {
    await using gate = await startLimited();
    expect(await statuses(6, (i) => logIn(gate, 'mica', `guess ${i}`))).toEqual([...FIVE_WRONG, 429]);
    gate.advance(1000);
    expect((await logIn(gate, 'mica', 'guess')).status).toBe(401);
    const wrong = await logIn(gate, 'mica', 'guess');
    const right = await logIn(gate, 'mica', PASSWORDS.mica);
    expect(wrong.headers.get('retry-after')).toBe('2');
    expect(seen(right)).toEqual(seen(wrong));
    expect(cookieOf(right)).toBe('');
    gate.advance(2000);
    expect((await logIn(gate, 'mica', PASSWORDS.mica)).status).toBe(200);
    expect((await logIn(gate, 'mica', PASSWORDS.mica)).status).toBe(200);
  });

  it('shows a person the page with the time to wait, and says so in log and metrics', async () => {
    await using gate = await startLimited();
    await statuses(5, (i) => logIn(gate, 'mica', `guess ${i}`));
    const answer = await gate.ask('/_dashgate/login', {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded', Origin: gate.origin, ...STRANGER },
      body: `user=MICA&password=${PASSWORDS.mica}`,
    });
    expect(answer.status).toBe(429);
    expect(answer.body).toContain('Too many attempts. Try again in 1 second.');
    expect(
      await gate.logged(/"login-refused".*"who":"mica","what":"login page","why":"too-many-attempts"/),
    ).toBeTruthy();
    expect(gate.logText()).not.toContain(PASSWORDS.mica);
    const metrics = await fetch(`http://127.0.0.1:${gate.admin}/metrics`).then((found) => found.text());
    expect(metrics).toContain('dashgate_sign_ins_total{result="delayed"} 1');
  });

  it.each([
    ['mica', ['MICA', 'Mica', 'mIcA', 'mica', 'MICa']],
    ['nobody', ['NOBODY', 'Nobody', 'nObOdY', 'nobody', 'NOBODy']],
    ['zo\u00eb', ['ZO\u00cb', 'zoe\u0308', 'Zo\u00eb', 'zo\u00cb', 'ZOE\u0308']],
  ])('%s is one name, whatever the case or the spelling, and known or not', async (name, spellings) => {
    await using gate = await startLimited();
    expect(await statuses(5, (i) => logIn(gate, spellings[i] ?? '', 'guess'))).toEqual(FIVE_WRONG);
    expect((await logIn(gate, name, 'guess')).status).toBe(429);
    expect((await askBasic(gate, name, 'guess')).status).toBe(429);
  });

  it('from many addresses is guessing at one name', async () => {
    await using gate = await startLimited();
    expect(await statuses(7, (i) => logIn(gate, 'mica', 'guess', from(`203.0.113.${i}`)))).toEqual([
      ...FIVE_WRONG,
      429,
      429,
    ]);
  });

  it('with many passwords at once is counted one by one', async () => {
    await using gate = await startLimited();
    const answers = await Promise.all(Array.from({ length: 30 }, (_, i) => logIn(gate, 'mica', `guess ${i}`)));
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(5);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(25);
  });
});

describe('guessing by Basic', () => {
  it('is answered with 429: JSON for a program, a page for a person', async () => {
    await using gate = await startLimited();
    expect(await statuses(6, (i) => askBasic(gate, 'mica', `guess ${i}`))).toEqual([...FIVE_WRONG, 429]);
    const wrong = await askBasic(gate, 'mica', 'guess');
    const right = await askBasic(gate, 'mica', PASSWORDS.mica);
    expect(seen(right)).toEqual(seen(wrong));
    expect(right.headers.get('retry-after')).toBe('1');
    expect(JSON.parse(right.body)).toMatchObject({ reason: 'too-many-attempts' });
    const page = await askBasic(gate, 'mica', PASSWORDS.mica, { ...STRANGER, ...NAVIGATION });
    expect(page.status).toBe(429);
    expect(page.body).toContain('<h1>Too many attempts</h1>');
    expect(await gate.logged(/"refused".*"who":"mica".*"why":"too-many-attempts"/)).toBeTruthy();
  });

  it('is answered to a front with 403 that means 429, and to the client by the second question', async () => {
    await using gate = await startLimited();
    const verify = (i: number, endpoint: 'nginx' | 'refuse' = 'nginx') =>
      gate.verify('/x', {
        endpoint,
        headers: { Authorization: basic('mica', `guess ${i}`), 'X-Request-Id': `request-${i}`, ...STRANGER },
      });
    for (let i = 0; i < 5; i++) {
      expect((await verify(i)).status).toBe(401);
      // The same request again: neither counted nor hashed anew, and never answered otherwise.
      expect((await verify(i, 'refuse')).status).toBe(401);
    }
    const check = await verify(5);
    expect(check.status).toBe(403);
    expect(check.headers.get('x-dashgate-status')).toBe('429');
    expect(check.headers.get('retry-after')).toBe('1');
    const answer = await verify(5, 'refuse');
    expect(answer.status).toBe(429);
    expect(answer.headers.get('retry-after')).toBe('1');
    expect(answer.headers.get('www-authenticate')).toBeNull();
  });

  it('finds nothing in the memory of verified passwords', async () => {
    await using gate = await startLimited();
    expect((await askBasic(gate, 'mica', PASSWORDS.mica, from('203.0.113.1'))).status).toBe(200);
    expect(await statuses(5, (i) => askBasic(gate, 'mica', `guess ${i}`))).toEqual(FIVE_WRONG);
    expect((await askBasic(gate, 'mica', PASSWORDS.mica)).status).toBe(429);
    // While whoever came before goes on as if nothing were.
    expect((await askBasic(gate, 'mica', PASSWORDS.mica, from('203.0.113.1'))).status).toBe(200);
  });

  it('does not touch a public path', async () => {
    await using gate = await startLimited();
    await statuses(6, (i) => askBasic(gate, 'mica', `guess ${i}`));
    const headers = { Authorization: basicOf('mica'), ...STRANGER };
    expect((await gate.ask('/robots.txt', { headers })).status).toBe(200);
  });
});

describe('nobody is locked out by strangers', () => {
  it('who has a session notices nothing, from the same address too', async () => {
    await using gate = await startLimited();
    const cookie = cookieOf(await logIn(gate, 'mica', PASSWORDS.mica));
    await statuses(20, (i) => logIn(gate, 'mica', `guess ${i}`));
    await statuses(60, (i) => logIn(gate, `bogus ${i}`, 'guess'));
    for (const headers of [{ Cookie: cookie, ...STRANGER }, { Cookie: cookie }]) {
      expect((await gate.ask('/x', { headers })).status).toBe(200);
      expect((await gate.verify('/x', { headers })).status).toBe(200);
    }
    // A session of the same user also tells a program’s Basic from a stranger’s.
    const both = { Cookie: cookie, Authorization: basicOf('mica'), ...STRANGER };
    expect((await gate.ask('/x', { headers: both })).status).toBe(200);
  });

  it('who has signed in on this device before signs in, from wherever', async () => {
    await using gate = await startLimited();
    const device = deviceOf(await logIn(gate, 'mica', PASSWORDS.mica, from('203.0.113.1')));
    await statuses(20, (i) => logIn(gate, 'mica', `guess ${i}`));
    const elsewhere = from('203.0.113.200');
    expect((await logIn(gate, 'mica', PASSWORDS.mica, elsewhere)).status).toBe(429);
    expect((await logIn(gate, 'mica', PASSWORDS.mica, { ...elsewhere, Cookie: device })).status).toBe(200);
  });

  it('a device has five guesses too, counts for its user only, and cannot be made up', async () => {
    await using gate = await startLimited();
    const device = deviceOf(await logIn(gate, 'mike', PASSWORDS.mike, from('203.0.113.1')));
    for (const user of ['mica', 'mike']) await statuses(6, (i) => logIn(gate, user, `guess ${i}`));
    expect((await logIn(gate, 'mica', 'guess', { ...STRANGER, Cookie: device })).status).toBe(429);
    const tampered = [
      device.replace(/.$/, (last) => (last === 'A' ? 'Q' : 'A')),
      device.replace(/=\d+/, '=9999999999'),
      'dashgate-device=1.AAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
      'dashgate-device=',
      `dashgate-device=${'x'.repeat(4000)}`,
    ];
    for (const Cookie of tampered) {
      expect((await logIn(gate, 'mike', 'guess', { ...STRANGER, Cookie })).status, Cookie).toBe(429);
    }
    const guesses = await statuses(7, (i) => logIn(gate, 'mike', `guess ${i}`, { ...STRANGER, Cookie: device }));
    expect(guesses).toEqual([...FIVE_WRONG, 429, 429]);
    // Half a year later it is forgotten.
    gate.advance(183 * 24 * 3600 * 1000);
    await statuses(5, (i) => logIn(gate, 'mike', `guess ${i}`));
    expect((await logIn(gate, 'mike', PASSWORDS.mike, { ...STRANGER, Cookie: device })).status).toBe(429);
  });

  it('the device cookie is for the login page only, out of reach of scripts and of dashboards', async () => {
    await using gate = await startGate({ attempts: { limit: 'on' }, publicUrl: 'https://dash.example.com' });
    const answer = await logIn(gate, 'mica', PASSWORDS.mica, {});
    const line = answer.headers.getSetCookie().find((one) => one.startsWith('dashgate-device=')) ?? '';
    expect(line).toMatch(/; Path=\/_dashgate\/login;/);
    for (const flag of ['HttpOnly', 'Secure', 'SameSite=Lax']) expect(line).toContain(`; ${flag}`);
    expect(line).not.toMatch(/mica|Domain/);
  });

  it('a device is known after a restart too', async () => {
    await using gate = await startLimited();
    const device = deviceOf(await logIn(gate, 'mica', PASSWORDS.mica));
    await gate.restart();
    await statuses(6, (i) => logIn(gate, 'mica', `guess ${i}`));
    expect((await logIn(gate, 'mica', PASSWORDS.mica, { ...STRANGER, Cookie: device })).status).toBe(200);
  });

  it('300 bogus names, where all clients look like one peer, lock out nobody', async () => {
    await using gate = await startGate({ attempts: { limit: 'on' } });
    await statuses(300, (i) => logIn(gate, `bogus ${i}`, 'guess', {}));
    expect((await logIn(gate, 'mica', PASSWORDS.mica, {})).status).toBe(200);
    expect((await askBasic(gate, 'mike', PASSWORDS.mike, {})).status).toBe(200);
  });

  it('a flood of bogus names frees no name that waits', async () => {
    await using gate = await startLimited();
    await statuses(5, (i) => logIn(gate, 'mica', `guess ${i}`));
    // Up to a wait of half a minute, so that it outlasts the flood on a busy machine too.
    for (const waitSec of [1, 2, 4, 8, 16]) {
      gate.advance(waitSec * 1000);
      await logIn(gate, 'mica', `guess after ${waitSec}`);
    }
    await statuses(300, (i) => logIn(gate, `bogus ${i}`, 'guess', from(`203.0.113.${i % 200}`)));
    expect((await logIn(gate, 'mica', PASSWORDS.mica)).status).toBe(429);
    expect((await logIn(gate, 'nora', PASSWORDS.nora)).status).toBe(200);
  });
});

describe('spraying many names from one address', () => {
  it('is told to wait after fifty, by form and Basic alike; others go on', async () => {
    await using gate = await startLimited();
    const sprayed = await statuses(60, (i) =>
      i % 2 === 0 ? logIn(gate, `name ${i}`, 'summer') : askBasic(gate, `name ${i}`, 'summer'),
    );
    expect(sprayed.filter((status) => status === 401)).toHaveLength(50);
    expect(sprayed.slice(50)).toEqual(Array.from({ length: 10 }, () => 429));
    expect((await logIn(gate, 'mica', PASSWORDS.mica)).status).toBe(429);
    expect((await logIn(gate, 'mica', PASSWORDS.mica, from('198.51.100.67'))).status).toBe(200);
    // Where somebody has been before, no flood from there keeps them out.
    expect((await logIn(gate, 'mica', PASSWORDS.mica, from('198.51.100.67'))).status).toBe(200);
  });

  it('an address that many share is not counted, if the configuration says so, and at once', async () => {
    await using gate = await startLimited();
    await statuses(60, (i) => logIn(gate, `name ${i}`, 'summer'));
    await gate.reconfigure({
      server: { trusted_proxies: ['127.0.0.1', 'unix'] },
      attempts: { limit: 'on', shared_addresses: ['198.51.100.0/24'] },
    });
    expect((await logIn(gate, 'mica', PASSWORDS.mica)).status).toBe(200);
  });

  it('a change of the configuration forgives nobody', async () => {
    await using gate = await startLimited();
    await statuses(8, (i) => logIn(gate, 'mica', `guess ${i}`));
    await gate.reconfigure({
      server: { trusted_proxies: ['127.0.0.1', 'unix'] },
      attempts: { limit: 'on' },
      login: { title: 'Other' },
    });
    expect((await logIn(gate, 'mica', PASSWORDS.mica)).status).toBe(429);
  });
});
