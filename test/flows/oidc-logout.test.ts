import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { browser } from '../support/browser.ts';
import { APPS } from '../support/gate.ts';
import { needs } from '../support/needs.ts';
import { type OidcStage, startOidcGate } from '../support/oidc-gate.ts';
import { createWalker, type Step, type Walker } from '../support/walker.ts';

/** Signs out at the provider's own page, as from another application there. */
async function signOutThere({ oidc }: OidcStage, walker: Walker): Promise<Step> {
  const asking = await walker.go(`${oidc.issuer}/session/end?client_id=dashgate`);
  const xsrf = /name="xsrf" value="([^"]*)"/.exec(asking.body)?.[1] ?? '';
  return walker.go(`${oidc.issuer}/session/end/confirm`, { xsrf, logout: 'yes' });
}

async function openSocket({ gate }: OidcStage, walker: Walker, origin = gate.origin) {
  const headers = { Cookie: walker.cookies(origin), Origin: origin, Host: new URL(origin).host };
  const socket = new WebSocket(`${gate.origin.replace('http', 'ws')}/live`, { headers });
  await once(socket, 'open');
  const ended = once(socket, 'close').then(([code]) => ({ code, atMs: performance.now() }));
  return { socket, ended };
}

describe('who signs out at the provider', () => {
  it('is signed out here by its word, in that browser alone, and what was open is closed within a second', async () => {
    await using stage = await startOidcGate();
    const [laptop, phone] = [createWalker(), createWalker()];
    await stage.signIn(laptop, 'mica');
    await stage.signIn(phone, 'mica');
    const { ended } = await openSocket(stage, laptop);
    const other = await openSocket(stage, phone);
    const said = once(stage.oidc.provider, 'backchannel.success').then(() => performance.now());
    await signOutThere(stage, laptop);
    const saidMs = await said;
    const { code, atMs } = await ended;
    expect(code).toBe(4401);
    expect(atMs - saidMs).toBeLessThan(1000);
    expect((await laptop.go(`${stage.gate.origin}/_dashgate/session`)).status).toBe(401);
    other.socket.send('hello');
    await once(other.socket, 'message');
    expect((await phone.go(`${stage.gate.origin}/_dashgate/session`)).status).toBe(200);
    other.socket.terminate();
    // Their own list has one session left, and what was ended stays so.
    const list = JSON.parse(
      (await stage.gate.ask('/_dashgate/sessions', { headers: { Cookie: phone.cookies(stage.gate.origin) } })).body,
    );
    expect(list.sessions).toHaveLength(1);
    await stage.gate.restart();
    expect((await laptop.go(`${stage.gate.origin}/_dashgate/session`)).status).toBe(401);
    await stage.gate.logged(/"logout".*back-channel/);
  });

  it('signing out here tells the provider, which tells nobody who is signed in again', async () => {
    await using stage = await startOidcGate();
    const walker = createWalker();
    await stage.signIn(walker, 'mica');
    const { body } = await walker.go(`${stage.gate.origin}/_dashgate/logout`, {});
    const place = /http-equiv="refresh" content="0;url=([^"]*)"/.exec(body)?.[1]?.replaceAll('&amp;', '&') ?? '';
    expect(new URL(place).origin).toBe(stage.oidc.issuer);
    expect(new URL(place).searchParams.get('id_token_hint')).toMatch(/^eyJ/);
    expect((await walker.go(`${stage.gate.origin}/_dashgate/session`)).status).toBe(401);
    const asking = await walker.go(place);
    const xsrf = /name="xsrf" value="([^"]*)"/.exec(asking.body)?.[1] ?? '';
    const back = await walker.follow(`${stage.oidc.issuer}/session/end/confirm`, { form: { xsrf, logout: 'yes' } });
    expect(back.url.href).toBe(`${stage.gate.origin}/_dashgate/logout`);
    expect(back.body).toContain('You have signed out');
  });
});

describe('an app at another host, to which the session was carried', () => {
  it('loses it too where the provider says so, and what is open there is closed', async () => {
    await using stage = await startOidcGate({
      apps: [...APPS, { name: 'far', at: 'http://far.example.com:$PORT/', upstream: '$UPSTREAM' }],
    });
    const far = stage.gate.origin.replace('127.0.0.1', 'far.example.com');
    const [laptop, phone] = [createWalker(), createWalker()];
    await stage.signIn(phone, 'mica');
    const page = await laptop.follow(`${far}/report`);
    const href = /href="([^"]*oauth[^"]*)"/.exec(page.body)?.[1]?.replaceAll('&amp;', '&') ?? '';
    const asked = await laptop.follow(`${stage.gate.origin}${href}`);
    const arrived = await laptop.follow(asked.url, { form: { name: 'mica' } });
    expect([arrived.status, arrived.url.href]).toEqual([200, `${far}/report`]);
    const statuses = async (walker: Walker): Promise<number[]> => {
      const steps = [stage.gate.origin, far].map((origin) => walker.go(`${origin}/_dashgate/session`));
      return (await Promise.all(steps)).map(({ status }) => status);
    };
    expect(await statuses(laptop)).toEqual([200, 200]);
    const { ended } = await openSocket(stage, laptop, far);
    const said = once(stage.oidc.provider, 'backchannel.success');
    await signOutThere(stage, laptop);
    await said;
    expect((await ended).code).toBe(4401);
    expect(await statuses(laptop)).toEqual([401, 401]);
    expect((await statuses(phone))[0]).toBe(200);
    // Who goes there again is sent to sign in, and not signed in by what was carried before.
    expect((await laptop.follow(`${far}/report`)).url.origin).toBe(stage.gate.origin);
  });
});

needs('chromium')('a proof that is asked for again', () => {
  it('is given at the provider by who has no password here, and leads back to the list of sessions', async () => {
    await using stage = await startOidcGate();
    await using chrome = await browser();
    const page = await chrome.newPage();
    const other = createWalker();
    await stage.signIn(other, 'mica');
    await page.goto(`${stage.gate.origin}/_dashgate/oauth/corp/start`);
    await page.getByLabel('Name').fill('mica');
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('link', { name: 'Your sessions' }).click();
    // This provider does not say when the proof was given, so it may be old.
    await page.getByRole('button', { name: 'End all others' }).click();
    await page.getByRole('link', { name: 'Sign in again' }).click();
    await page.getByLabel('Name').fill('mica');
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.waitForURL(`${stage.gate.origin}/_dashgate/sessions`);
    await page.getByRole('button', { name: 'End all others' }).click();
    await page.waitForURL(`${stage.gate.origin}/_dashgate/sessions`);
    await expect.poll(async () => (await other.go(`${stage.gate.origin}/_dashgate/session`)).status).toBe(401);
  });
});
