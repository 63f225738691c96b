import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { browser } from '../support/browser.ts';
import { basicOf, cookieOf, type Gate, PASSWORDS, startGate, type User, usersFile } from '../support/gate.ts';
import { needs } from '../support/needs.ts';
import { tempDir } from '../support/temp-dir.ts';
import { dashgate, serve } from './command.ts';
import { openAs, troubles } from './page.ts';

const JSON_TYPE = { 'Content-Type': 'application/json' };
const start = async (options = {}): Promise<Gate> => {
  const gate = await startGate(options);
  onTestFinished(() => gate[Symbol.asyncDispose]());
  return gate;
};
interface Listed {
  readonly id: string;
  readonly current: boolean;
  readonly address: string;
  readonly browser: string;
  readonly began_at: number;
  readonly used_at: number;
}
const list = async (gate: Gate, Cookie: string): Promise<Listed[]> => {
  const { body } = await gate.ask('/_dashgate/sessions', { headers: { Cookie } });
  return JSON.parse(body).sessions;
};
const remove = (gate: Gate, Cookie: string, id = '', fields: object = {}) => {
  const body = JSON.stringify(fields);
  const headers = { Cookie, ...JSON_TYPE, 'Content-Length': `${body.length}` };
  return gate.ask(`/_dashgate/sessions${id && `/${id}`}`, { method: 'DELETE', headers, body });
};
const statusOf = async (gate: Gate, Cookie: string): Promise<number> =>
  (await gate.ask('/x', { headers: { Cookie } })).status;

describe('my sessions', () => {
  it('are told with where, since when and by what; nobody else’s, and no cookie', async () => {
    const gate = await start();
    const here = await gate.signIn('mica');
    const there = await gate.signIn('mica');
    await gate.signIn('mike');
    gate.advance(60_000);
    await gate.ask('/x', { headers: { Cookie: there, 'User-Agent': 'Mozilla/5.0 (X11; Linux) Firefox/140.0' } });
    const { body, headers } = await gate.ask('/_dashgate/sessions', { headers: { Cookie: here } });
    const { sessions } = JSON.parse(body) as { sessions: Listed[] };
    expect(sessions).toMatchObject([
      { current: true, address: '127.0.0.1', browser: 'Unknown program' },
      { current: false, address: '127.0.0.1', browser: 'Firefox on Linux' },
    ]);
    expect(sessions[1]?.used_at).toBeGreaterThan(sessions[1]?.began_at ?? 0);
    for (const cookie of [here, there]) expect(body).not.toContain(cookie.split('=')[1]);
    expect(headers.get('cache-control')).toBe('no-store');
  });

  it('are those of Basic and of the verify way as well, and there after a restart', async () => {
    const gate = await start();
    const here = await gate.signIn('mica');
    const basic = await gate.verify('/x', { headers: { Authorization: basicOf('mica'), 'User-Agent': 'curl/8.5.0' } });
    expect(basic.status).toBe(200);
    expect((await list(gate, here)).map((each) => each.browser)).toEqual(['Unknown program', 'curl']);
    await gate.restart();
    expect((await list(gate, here)).map((each) => each.browser)).toEqual(['Unknown program', 'curl']);
  });

  it('are for who is signed in', async () => {
    const gate = await start();
    expect((await gate.ask('/_dashgate/sessions')).status).toBe(401);
    const page = await gate.ask('/_dashgate/sessions', { headers: { Accept: 'text/html' } });
    expect([page.status, page.headers.get('location')]).toEqual([303, '/_dashgate/login']);
  });

  it('can be ended one by one, at once and for good', async () => {
    const gate = await start();
    const [here, there] = [await gate.signIn('mica'), await gate.signIn('mica')];
    const other = (await list(gate, here)).find(({ current }) => !current);
    expect((await remove(gate, here, other?.id)).body).toBe('{"ended":1}');
    expect([await statusOf(gate, there), await statusOf(gate, here)]).toEqual([401, 200]);
    expect(await list(gate, here)).toHaveLength(1);
    await gate.restart();
    expect(await statusOf(gate, there)).toBe(401);
    await gate.logged(/"message":"logout".*"why":"one-session"/);
  });

  it('of somebody else cannot be ended, nor told from none', async () => {
    const gate = await start();
    const [mica, mike] = [await gate.signIn('mica'), await gate.signIn('mike')];
    const [theirs] = await list(gate, mike);
    for (const id of [theirs?.id, 'nothing', '%2e%2e']) expect((await remove(gate, mica, id)).status).toBe(404);
    expect(await statusOf(gate, mike)).toBe(200);
  });

  it.each<[string, Record<string, string>]>([
    ['another site', { Origin: 'http://evil.example.com' }],
    ['a form without an origin', { 'Content-Type': 'application/x-www-form-urlencoded' }],
    ['a sibling', { 'Sec-Fetch-Site': 'same-site' }],
  ])('are not ended by %s', async (_who, headers) => {
    const gate = await start();
    const [here, there] = [await gate.signIn('mica'), await gate.signIn('mica')];
    const all = { Cookie: here, ...JSON_TYPE, ...headers };
    expect((await gate.ask('/_dashgate/sessions', { method: 'DELETE', headers: all })).status).toBe(403);
    await gate.ask('/_dashgate/sessions', { method: 'POST', headers: all, body: '{"end":"others"}' });
    expect(await statusOf(gate, there)).toBe(200);
  });
});

describe('to end all others', () => {
  it('right after signing in leaves this one, and nobody else’s ends', async () => {
    const gate = await start();
    const others = [await gate.signIn('mica'), await gate.signIn('mica')];
    const mike = await gate.signIn('mike');
    gate.advance(2000);
    const here = await gate.signIn('mica');
    const later = await gate.signIn('mica');
    expect((await remove(gate, here)).body).toBe('{"ended":3}');
    for (const cookie of [...others, later]) expect(await statusOf(gate, cookie)).toBe(401);
    expect([await statusOf(gate, here), await statusOf(gate, mike)]).toEqual([200, 200]);
  });

  it('asks for the password when signing in was more than five minutes ago', async () => {
    const gate = await start();
    const there = await gate.signIn('mica');
    const here = await gate.signIn('mica');
    gate.advance(301_000);
    const refused = await remove(gate, here);
    expect([refused.status, JSON.parse(refused.body).reason]).toEqual([403, 'proof-too-old']);
    const wrong = await remove(gate, here, '', { password: PASSWORDS.mike });
    expect([wrong.status, JSON.parse(wrong.body).reason]).toEqual([401, 'wrong-password']);
    expect(await statusOf(gate, there)).toBe(200);
    const done = await remove(gate, here, '', { password: PASSWORDS.mica });
    expect(done.status).toBe(200);
    // The copy of a cookie from before the proof is worth nothing either.
    for (const cookie of [there, here]) expect(await statusOf(gate, cookie)).toBe(401);
    expect(await statusOf(gate, cookieOf(done))).toBe(200);
    expect(await list(gate, cookieOf(done))).toHaveLength(1);
    expect(gate.logText()).not.toContain(PASSWORDS.mica);
  });

  it('counts wrong passwords as any guesses', async () => {
    const gate = await start({ attempts: {} });
    const here = await gate.signIn('mica');
    gate.advance(301_000);
    const guess = async () => (await remove(gate, here, '', { password: 'x' })).status;
    expect([await guess(), await guess(), await guess()]).toEqual([401, 401, 401]);
    // Each further one waits longer, so that the slowest machine comes to be too fast.
    await expect.poll(guess, { timeout: 15_000, interval: 1 }).toBe(429);
    expect(await statusOf(gate, here)).toBe(200);
  });

  it('is not for who only said a name, nor are the sessions of who said the same', async () => {
    const gate = await start({
      credentials: { modes: ['auth-user', 'auth-user-pass'] },
      grants: { modes: { 'auth-user': ['_all_'] } },
    });
    const say = async () =>
      cookieOf(
        await gate.ask('/_dashgate/login', {
          method: 'POST',
          headers: JSON_TYPE,
          body: JSON.stringify({ mode: 'auth-user', user: 'mica' }),
        }),
      );
    const [one, other] = [await say(), await say()];
    expect(await list(gate, one)).toHaveLength(1);
    expect((await remove(gate, one)).status).toBe(403);
    const out = { method: 'POST', headers: { Cookie: one, ...JSON_TYPE }, body: '{"everywhere":"on"}' };
    expect((await gate.ask('/_dashgate/logout', out)).status).toBe(200);
    expect([await statusOf(gate, one), await statusOf(gate, other)]).toEqual([401, 200]);
  });
});

describe('to sign out everywhere', () => {
  const signOut = (gate: Gate, Cookie: string, fields: object) =>
    gate.ask('/_dashgate/logout', { method: 'POST', headers: { Cookie, ...JSON_TYPE }, body: JSON.stringify(fields) });

  it('ends every session, known or not, also of Basic, and lets one sign in again in the same second', async () => {
    const gate = await start();
    const cookies = [await gate.signIn('mica'), await gate.signIn('mica')];
    cookies.push(cookieOf(await gate.ask('/x', { headers: { Authorization: basicOf('mica') } })));
    expect((await signOut(gate, cookies[0] ?? '', { everywhere: 'on' })).status).toBe(200);
    const again = await gate.signIn('mica');
    for (const cookie of cookies) expect(await statusOf(gate, cookie)).toBe(401);
    expect(await statusOf(gate, again)).toBe(200);
    await signOut(gate, again, { everywhere: 'on' });
    expect(await statusOf(gate, again)).toBe(401);
  });

  it('asks for the password again after five minutes', async () => {
    const gate = await start();
    const [here, there] = [await gate.signIn('mica'), await gate.signIn('mica')];
    gate.advance(301_000);
    expect((await signOut(gate, here, { everywhere: 'on' })).status).toBe(403);
    expect([await statusOf(gate, here), await statusOf(gate, there)]).toEqual([200, 200]);
    expect((await signOut(gate, here, { everywhere: 'on', password: PASSWORDS.mica })).status).toBe(200);
    expect([await statusOf(gate, here), await statusOf(gate, there)]).toEqual([401, 401]);
  });
});

needs('chromium')('the page of my sessions in a real browser', () => {
  const closing = new AsyncDisposableStack();
  let gate: Gate;
  let chrome: Browser;
  beforeAll(async () => {
    chrome = await browser();
    closing.defer(() => chrome.close());
    gate = closing.use(await startGate({ publicUrl: 'http://127.0.0.1:$PORT', login: { title: 'Kestrel Cycles' } }));
  });
  afterAll(() => closing.disposeAsync());

  const openPage = async (user: User, viewport = { width: 1280, height: 800 }): Promise<Page> => {
    const context = await chrome.newContext({ viewport, javaScriptEnabled: false });
    onTestFinished(() => context.close());
    const page = await context.newPage();
    await openAs(page, user, `${gate.origin}/x`);
    await page.goto(`${gate.origin}/_dashgate/sessions`);
    return page;
  };

  it.each([
    ['a desktop', { width: 1280, height: 800 }],
    ['a phone', { width: 320, height: 568 }],
  ])('lists and ends them on %s, without a script', async (what, viewport) => {
    const elsewhere = await gate.signIn('mica');
    const page = await openPage('mica', viewport);
    const seen = troubles(page);
    await page.getByText('this one').waitFor();
    expect(await page.locator('.sessions li').count()).toBeGreaterThanOrEqual(2);
    const { SHOTS } = process.env;
    if (SHOTS) await page.screenshot({ path: `${SHOTS}/sessions-${what.replaceAll(' ', '-')}.png`, fullPage: true });
    const ends = page.locator('.sessions').getByRole('button', { name: /^End \w+.*, signed in/ });
    expect((await ends.first().boundingBox())?.height).toBeGreaterThanOrEqual(40);
    while ((await ends.count()) > 0) await ends.first().click();
    expect(await page.locator('.sessions li').count()).toBe(1);
    expect(await statusOf(gate, elsewhere)).toBe(401);
    expect(seen).toEqual([]);
  });

  it('asks for the password before it ends all others, and says when it is wrong', async () => {
    const elsewhere = await gate.signIn('hanna');
    const page = await openPage('hanna', { width: 390, height: 844 });
    gate.advance(301_000);
    await page.getByRole('button', { name: 'End all others' }).click();
    await page.getByRole('heading', { name: 'Is it you?' }).waitFor();
    const { SHOTS } = process.env;
    if (SHOTS) await page.screenshot({ path: `${SHOTS}/prove.png`, fullPage: true });
    await page.getByLabel('Password').fill('wrong');
    await page.getByRole('button', { name: 'End all others' }).click();
    expect(await page.getByRole('alert').textContent()).toBe('The password is wrong.');
    expect(await statusOf(gate, elsewhere)).toBe(200);
    await page.getByLabel('Password').fill(PASSWORDS.hanna);
    await page.getByRole('button', { name: 'End all others' }).click();
    await page.getByRole('heading', { name: 'Your sessions' }).waitFor();
    expect(await page.locator('.sessions li').count()).toBe(1);
    expect(await statusOf(gate, elsewhere)).toBe(401);
  });

  it('is found from the landing page, and from the question whether to sign out, which ends all of them', async () => {
    const elsewhere = await gate.signIn('nora');
    const page = await openPage('nora');
    await page.goto(`${gate.origin}/_dashgate/login`);
    await page.getByRole('link', { name: 'Your sessions' }).click();
    await page.getByRole('link', { name: 'Sign out' }).click();
    const { SHOTS } = process.env;
    if (SHOTS) await page.screenshot({ path: `${SHOTS}/logout.png`, fullPage: true });
    await page.getByRole('button', { name: 'End all sessions' }).click();
    await page.getByRole('heading', { name: 'You have signed out' }).waitFor();
    expect(await statusOf(gate, elsewhere)).toBe(401);
  });
});

describe('dashgate revoke', () => {
  const CONFIG =
    'directories: [{ file: users.yaml }]\napps: [{ name: sales, at: /, upstream: "http://127.0.0.1:1" }]\n';

  it('ends the sessions of a user in a dashgate that runs, within a second, also after it was killed', async () => {
    await using dir = await tempDir();
    await dir.write('users.yaml', await usersFile());
    const served = await serve(dir, CONFIG);
    await using _first = served;
    const signIn = async (user: User): Promise<string> => {
      const answer = await fetch(`${served.origin}/_dashgate/login`, {
        method: 'POST',
        headers: { ...JSON_TYPE, 'User-Agent': 'curl/8' },
        body: JSON.stringify({ user, password: PASSWORDS[user] }),
      });
      return (
        answer.headers
          .getSetCookie()
          .find((line) => line.startsWith('dashgate='))
          ?.split(';')[0] ?? ''
      );
    };
    const ask = async (Cookie: string): Promise<number> =>
      (await fetch(`${served.origin}/_dashgate/session`, { headers: { Cookie } })).status;
    const [one, two, mike] = [await signIn('mica'), await signIn('mica'), await signIn('mike')];

    const rows = async (): Promise<string[]> =>
      (await dashgate(['revoke', 'Mica', '--list'], { cwd: dir.path })).stdout.trim().split('\n');
    await expect.poll(async () => (await rows()).length, { timeout: 10_000 }).toBe(2);
    const [newest = ''] = await rows();
    expect(newest).toMatch(/^[\w-]{22}\t\S+Z\t\S+Z\t127\.0\.0\.1\tcurl$/);
    const single = await dashgate(['revoke', 'mica', '--session', newest.split('\t')[0] ?? ''], { cwd: dir.path });
    expect([single.code, single.stdout]).toEqual([0, 'mica: that session has ended\n']);
    await expect.poll(async () => (await ask(one)) + (await ask(two)), { timeout: 1000, interval: 50 }).toBe(601);

    const all = await dashgate(['revoke', 'MICA'], { cwd: dir.path });
    const doneMs = performance.now();
    expect([all.code, all.stderr]).toEqual([0, '']);
    expect(all.stdout).toMatch(/all sessions and tokens have ended \(file:mica; \d in the list\)/);
    await expect.poll(async () => (await ask(one)) + (await ask(two)), { timeout: 1000, interval: 50 }).toBe(802);
    expect(performance.now() - doneMs).toBeLessThan(1500);
    expect(await ask(mike)).toBe(200);

    served.kill('SIGKILL');
    await served.ended;
    expect((await dashgate(['revoke', 'file:mike'], { cwd: dir.path })).code).toBe(0);
    await using again = await serve(dir, CONFIG);
    for (const cookie of [one, two, mike]) {
      const answer = await fetch(`${again.origin}/_dashgate/session`, { headers: { Cookie: cookie } });
      expect(answer.status).toBe(401);
    }
  });

  it.each([
    [['nobody'], 1, /there is no user "nobody"/, ''],
    [['mica', '--session', 'x'], 1, /has no such session/, ''],
    [['mica', '--list'], 1, /has no session/, ''],
    [[], 2, /say whose/, ''],
    [['mica'], 1, /session\.store is memory/, 'session: { store: memory }\n'],
    [['mica'], 1, /there is no such store/, 'state: elsewhere\n'],
  ])('%j is refused: %i', async (args, code, words, more) => {
    await using dir = await tempDir();
    await dir.write('users.yaml', await usersFile());
    const served = await serve(dir, CONFIG);
    await served.stop();
    await dir.write('dashgate.yaml', `server: { listen: "127.0.0.1:8080" }\n${CONFIG}${more}`);
    const found = await dashgate(['revoke', ...args], { cwd: dir.path });
    expect(found.code).toBe(code);
    expect(found.stderr).toMatch(words);
  });
});
