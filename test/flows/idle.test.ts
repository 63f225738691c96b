import { once } from 'node:events';
import type { Browser } from 'playwright-core';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import WebSocket from 'ws';
import { browser } from '../support/browser.ts';
import { basicOf, cookieOf, type Gate, PASSWORDS, startGate } from '../support/gate.ts';
import { needs } from '../support/needs.ts';
import { typeIn } from './page.ts';

const MINUTE = 60_000;
const FETCH = { 'Sec-Fetch-Mode': 'cors', 'Sec-Fetch-Dest': 'empty', 'Sec-Fetch-Site': 'same-origin' };
const gates: Gate[] = [];
afterEach(async () => {
  await Promise.all(gates.splice(0).map((gate) => gate[Symbol.asyncDispose]()));
});
async function start(session = {}, options = {}): Promise<Gate> {
  const gate = await startGate({ session: { idle_timeout: '1h', ...session }, ...options });
  gates.push(gate);
  return gate;
}

type Door = (gate: Gate, path: string, headers: Record<string, string>) => ReturnType<Gate['ask']>;
describe.each<[string, Door]>([
  ['proxy', (gate, path, headers) => gate.ask(path, { headers })],
  ['verify', (gate, path, headers) => gate.verify(path, { headers })],
])('an idle session, the %s way,', (_way, door) => {
  it('ends, and the log says why', async () => {
    const gate = await start();
    const Cookie = await gate.signIn('mica');
    gate.advance(59 * MINUTE);
    expect((await door(gate, '/poll/_reload-hash', { Cookie, ...FETCH })).status).toBe(200);
    gate.advance(MINUTE);
    const ended = await door(gate, '/x', { Cookie });
    expect([ended.status, cookieOf(ended)]).toEqual([401, '']);
    await gate.logged(/"reason":"session-idle"|"why":"session-idle"/);
  });

  it('is kept by use, in at most one cookie for a quarter of the time, and never by polls', async () => {
    const gate = await start();
    let Cookie = await gate.signIn('mica');
    let written = 0;
    for (let minute = 0; minute < 180; minute += 5) {
      const used = await door(gate, '/x', { Cookie, ...FETCH });
      const polled = await door(gate, '/_stcore/health', { Cookie, ...FETCH });
      expect([used.status, polled.status, cookieOf(polled)]).toEqual([200, 200, '']);
      expect(used.headers.getSetCookie().length).toBeLessThanOrEqual(1);
      if (cookieOf(used) !== '') written++;
      Cookie = cookieOf(used) || Cookie;
      gate.advance(5 * MINUTE);
    }
    expect(written).toBe(11);
    for (let minute = 0; minute < 60; minute += 10) {
      await door(gate, '/_stcore/health', { Cookie, ...FETCH });
      gate.advance(10 * MINUTE);
    }
    expect((await door(gate, '/x', { Cookie })).status).toBe(401);
  });

  it('is renewed once for requests at once, and none of them is refused', async () => {
    const gate = await start();
    const Cookie = await gate.signIn('mica');
    gate.advance(30 * MINUTE);
    const answers = await Promise.all(Array.from({ length: 20 }, (_none, at) => door(gate, `/x${at}`, { Cookie })));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(answers.map(cookieOf)).size).toBe(1);
    expect(cookieOf(answers[0] as never)).not.toBe('');
    gate.advance(29 * MINUTE);
    expect((await door(gate, '/x', { Cookie })).status).toBe(200);
  });

  it('ends at its absolute end, however much it is used', async () => {
    const gate = await start({ lifetime: '2h' });
    let Cookie = await gate.signIn('mica');
    for (let minute = 0; minute < 120; minute += 20) {
      const used = await door(gate, '/x', { Cookie });
      expect(used.status).toBe(200);
      Cookie = cookieOf(used) || Cookie;
      gate.advance(20 * MINUTE);
    }
    expect((await door(gate, '/x', { Cookie })).status).toBe(401);
  });
});

it('a session of several cookies is renewed by our own answers only, and lives on in between', async () => {
  const groups = Array.from({ length: 60 }, (_none, at) => `group-${at}`.padEnd(100, '-'));
  const { userLine } = await import('../support/gate.ts');
  const line = (await userLine('mica', PASSWORDS.mica, ['_all_'])).replace(
    ' }\n',
    `, groups: [${groups.join(', ')}] }\n`,
  );
  const gate = await start({}, { users: `users:\n${line}` });
  let cookie = await gate.signIn('mica');
  expect(cookie.split('; ').length).toBeGreaterThan(1);
  for (let times = 0; times < 4; times++) {
    gate.advance(40 * MINUTE);
    const asked = await gate.verify('/x', { headers: { Cookie: cookie } });
    expect([asked.status, asked.headers.getSetCookie()]).toEqual([200, []]);
  }
  const own = await gate.ask('/x', { headers: { Cookie: cookie } });
  expect(cookieOf(own).split('; ')).toHaveLength(cookie.split('; ').length);
  cookie = cookieOf(own);
  expect((await gate.ask('/x', { headers: { Cookie: cookie } })).status).toBe(200);
});

it('a websocket is kept by what its user says, not by heartbeats, and is closed when the session was idle', async () => {
  const gate = await start({}, { publicUrl: 'http://127.0.0.1:$PORT' });
  const Cookie = await gate.signIn('mica');
  const socket = new WebSocket(`${gate.origin.replace('http', 'ws')}/ws`, { headers: { Cookie } });
  onTestFinished(() => socket.terminate());
  const closed = once(socket, 'close');
  await once(socket, 'open');
  const say = async (words: string): Promise<void> => {
    const heard = once(socket, 'message');
    socket.send(words);
    await heard;
  };
  for (let minute = 0; minute < 150; minute += 50) {
    await say('{"widget":"region","value":"north"}');
    gate.advance(50 * MINUTE);
    expect((await gate.ask('/poll/_reload-hash', { headers: { Cookie } })).status).toBe(200);
  }
  await say('{"type":"heartbeat"}');
  socket.ping();
  gate.advance(11 * MINUTE);
  expect((await closed)[0]).toBe(4401);
});

it('a Dash page is kept by clicks, and not by its timers', async () => {
  const gate = await start({}, { apps: [{ name: 'sales', at: '/', upstream: '$UPSTREAM', kind: 'dash' }] });
  let Cookie = await gate.signIn('mica');
  const call = async (...changedPropIds: string[]): Promise<string> => {
    const body = JSON.stringify({ output: 'now.children', changedPropIds, state: [{ value: 'ä' }] });
    const headers = { Cookie, ...FETCH, 'Content-Type': 'application/json' };
    const answer = await gate.ask('/_dash-update-component', { method: 'POST', headers, body });
    expect(answer.status).toBe(200);
    expect(gate.upstream.last().body).toBe(body);
    return cookieOf(answer);
  };
  for (let minute = 0; minute < 120; minute += 40) {
    expect(await call('tick.n_intervals')).toBe('');
    const renewed = await call('tick.n_intervals', 'button.n_clicks');
    expect(renewed === '').toBe(minute === 0);
    Cookie = renewed || Cookie;
    gate.advance(40 * MINUTE);
  }
  expect(await call('tick.n_intervals', 'other.n_intervals')).toBe('');
  gate.advance(20 * MINUTE);
  expect((await gate.ask('/_dash-update-component', { method: 'POST', headers: { Cookie } })).status).toBe(401);
});

it('Basic goes on as the same session while it is used, and as another when it was idle', async () => {
  const gate = await start();
  const headers = { Authorization: basicOf('mica') };
  const jti = async () => {
    const cookie = cookieOf(await gate.ask('/x', { headers }));
    const { body } = await gate.ask('/_dashgate/session', { headers: { Cookie: cookie } });
    return JSON.parse(body).auth_time as number;
  };
  const first = await jti();
  gate.advance(50 * MINUTE);
  expect(await jti()).toBe(first);
  gate.advance(50 * MINUTE);
  expect(await jti()).toBe(first);
  gate.advance(61 * MINUTE);
  expect(await jti()).toBeGreaterThan(first);
});

it.each(['none', '0', 0])('idle_timeout: %j leaves sessions alone until their end', async (off) => {
  const gate = await start({ idle_timeout: off });
  const Cookie = await gate.signIn('mica');
  gate.advance(479 * MINUTE);
  const answer = await gate.ask('/x', { headers: { Cookie } });
  expect([answer.status, cookieOf(answer)]).toEqual([200, '']);
});

it('the page says that the session has ended, and leads back', async () => {
  const gate = await start();
  const Cookie = await gate.signIn('mica');
  gate.advance(60 * MINUTE);
  expect((await gate.ask('/_dashgate/login', { headers: { Cookie } })).body).toContain('Your session has ended');
});

describe('to be remembered', () => {
  const post = (gate: Gate, fields: Record<string, string>) =>
    gate.ask('/_dashgate/login', {
      method: 'POST',
      headers: { Origin: gate.origin, 'Content-Type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ user: 'mica', password: PASSWORDS.mica, ...fields }).toString(),
    });
  const sessionLine = (answer: Awaited<ReturnType<typeof post>>) =>
    answer.headers.getSetCookie().find((line) => line.startsWith('dashgate=')) ?? '';

  it('is offered only where it is configured, and then only done when asked for', async () => {
    const off = await start();
    expect((await off.ask('/_dashgate/login')).body).not.toContain('remember');
    expect(sessionLine(await post(off, { remember: 'on' }))).not.toContain('Max-Age');
    const on = await start({ remember_me: '30d' });
    expect((await on.ask('/_dashgate/login')).body).toContain('Keep me signed in on this browser for 30 days');
    expect(sessionLine(await post(on, {}))).not.toContain('Max-Age');
    const line = sessionLine(await post(on, { remember: 'on' }));
    expect(line).toContain(`; Max-Age=${30 * 86_400};`);
    on.advance(29 * 24 * 60 * MINUTE);
    expect((await on.ask('/x', { headers: { Cookie: line.split(';')[0] ?? '' } })).status).toBe(200);
    on.advance(25 * 60 * MINUTE);
    expect((await on.ask('/x', { headers: { Cookie: line.split(';')[0] ?? '' } })).status).toBe(401);
  });

  it('that is shorter than a session is refused by the configuration', async () => {
    await expect(start({ remember_me: '1h' })).rejects.toThrow(/session\.remember_me: is shorter/);
  });

  needs('chromium')('in a real browser', () => {
    it('keeps the session when the browser is closed, and without it does not', async () => {
      const chrome: Browser = await browser();
      onTestFinished(() => chrome.close());
      const gate = await start({ remember_me: '30d' }, { publicUrl: 'http://127.0.0.1:$PORT' });
      for (const wants of [true, false]) {
        const context = await chrome.newContext({ viewport: { width: 390, height: 844 } });
        const page = await context.newPage();
        await page.goto(`${gate.origin}/x`);
        const box = page.getByLabel('Keep me signed in on this browser for 30 days');
        expect((await page.locator('.check').boundingBox())?.height).toBeGreaterThanOrEqual(40);
        if (wants) await box.check();
        await typeIn(page, 'mica', PASSWORDS.mica);
        await page.waitForURL(`${gate.origin}/x`);
        const [cookie] = (await context.cookies()).filter(({ name }) => name === 'dashgate');
        if (wants) expect(cookie?.expires).toBeGreaterThan(Date.now() / 1000 + 29 * 86_400);
        else expect(cookie?.expires).toBe(-1);
        await context.close();
      }
    });
  });
});
