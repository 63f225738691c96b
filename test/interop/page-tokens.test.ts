import { execFileSync } from 'node:child_process';
import { inflateSync } from 'node:zlib';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openAs } from '../flows/page.ts';
import { forgeToken, openSocket, payloadOf, tokenIn } from '../support/bokeh-socket.ts';
import { browser } from '../support/browser.ts';
import { freePort } from '../support/free-port.ts';
import { basicOf, type Gate } from '../support/gate.ts';
import { needs } from '../support/needs.ts';
import { program } from '../support/programs.ts';
import { raw } from '../support/raw.ts';
import { startDashboard } from '../support/start-dashboard.ts';
import type { Dashboard } from '../support/start-gunicorn.ts';
import { bothWays, startGateBy, type Way } from '../support/ways.ts';

// A server of Bokeh's hands its page a token with the headers and cookies of the request, and believes what the websocket brings
// back. Unsigned, as it is by default, anybody can write one.

const APPS = { bokeh: 'bokeh_who', panel: 'panel_who' } as const;
type Kind = keyof typeof APPS;

interface Stage extends AsyncDisposable {
  readonly gate: Gate;
  readonly app: Dashboard;
  /** Of the page, without a slash at its end. */
  readonly path: string;
}

async function start(way: Way, dashboard: Kind, kind: string = dashboard, env: NodeJS.ProcessEnv = {}): Promise<Stage> {
  await using closing = new AsyncDisposableStack();
  const app = closing.use(await startDashboard(APPS[dashboard], env));
  const path = `/${APPS[dashboard]}`;
  const port = await freePort();
  const embed = `from bokeh.embed import server_document; print(server_document("http://127.0.0.1:${port}${path}"))`;
  const script = execFileSync(program('dashboards'), ['-c', embed], { encoding: 'utf8' });
  const gate = closing.use(
    await startGateBy(way, port, {
      apps: [
        { name: 'report', kind, at: '/', upstream: app.origin },
        { name: 'portal', at: '/portal/', upstream: '$UPSTREAM' },
      ],
      answer: (_request, response) => {
        response
          .setHeader('Content-Type', 'text/html')
          .end(`<!doctype html><title>Portal</title><body>${script}</body>`);
      },
    }),
  );
  const all = closing.move();
  return { gate, app, path, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

const ask = async ({ gate, path }: Stage, more: string, init: RequestInit = {}): Promise<string> =>
  (
    await fetch(gate.origin + path + more, { ...init, headers: { Authorization: basicOf('mike'), ...init.headers } })
  ).text();

/** Sessions that the app has begun for somebody of that name. */
const begun = (app: Dashboard, name: string): string[] =>
  app.output().match(new RegExp(`^BEGUN .*"${name}".*$`, 'gm')) ?? [];

const FORGED = { headers: { Host: 'dash', 'X-Forwarded-User': 'ceo' }, cookies: {} };

/** What the server says of a page that mike has loaded. */
async function honest(stage: Stage): Promise<{ headers?: Record<string, string> }> {
  const { __bk__zlib_: zipped } = payloadOf(tokenIn(await ask(stage, '')));
  return JSON.parse(inflateSync(Buffer.from(String(zipped), 'base64url')).toString('utf8'));
}

needs('dashboards', 'chromium')('the session tokens of Bokeh', () => {
  describe.each(['bokeh', 'panel'] as const)('with the real %s', (kind) => {
    it('the control: where dashgate is not told what the app is, a forged one makes anybody of anybody', async () => {
      await using stage = await start('proxy', kind, 'web');
      const { gate, app, path } = stage;
      const opened = await openSocket(gate, `${path}/ws`, forgeToken(FORGED), 'mike');
      expect(opened.status).toBe(101);
      await app.printed(/BEGUN .*"X-Forwarded-User": "ceo"/);
      await ask(stage, `?bokeh-token=${forgeToken({ headers: { 'X-Forwarded-User': 'boss' } })}`);
      await app.printed(/BEGUN .*"boss"/);
    });

    it('signed ones pass as they are, and are looked into like others', async () => {
      const env = { BOKEH_SIGN_SESSIONS: 'yes', BOKEH_SECRET_KEY: 'a-secret-of-the-app-itself' };
      await using stage = await start('proxy', kind, kind, env);
      const { gate, app, path } = stage;
      const [mikes, micas] = [
        await ask(stage, ''),
        await ask(stage, '', { headers: { Authorization: basicOf('mica') } }),
      ];
      expect(tokenIn(mikes)).toMatch(/^[\w-]+\.[\w-]{43}$/);
      expect((await openSocket(gate, `${path}/ws`, tokenIn(mikes), 'mike')).status).toBe(101);
      expect((await openSocket(gate, `${path}/ws`, tokenIn(micas), 'mike')).status).toBe(403);
      const chrome = await browser();
      await using _ = { [Symbol.asyncDispose]: () => chrome.close() };
      const page = await chrome.newPage();
      await openAs(page, 'mike', gate.origin + path);
      await page.getByRole('button', { name: 'Count' }).click();
      await page.getByText('counted 1').waitFor();
      expect(app.output()).not.toContain('Invalid token signature');
    });

    bothWays('are looked into', (way) => {
      const closing = new AsyncDisposableStack();
      let chrome: Browser;
      let stage: Stage;
      beforeAll(async () => {
        chrome = await browser();
        closing.defer(() => chrome.close());
        stage = closing.use(await start(way, kind));
      });
      afterAll(() => closing.disposeAsync());

      const tab = async (): Promise<Page> => {
        const context = await chrome.newContext();
        closing.defer(() => context.close());
        await context.addInitScript(`
          globalThis.sockets = [];
          globalThis.WebSocket = class extends WebSocket {
            constructor(...given) {
              super(...given);
              sockets.push(this);
            }
          };`);
        return context.newPage();
      };
      const who = async (page: Page): Promise<unknown> => {
        const text = await page.getByText(/^WHO /).textContent();
        return JSON.parse((text ?? '').replace(/^WHO /, ''));
      };
      const works = async (page: Page, count = 1): Promise<void> => {
        expect(await who(page)).toMatchObject({ 'X-Dashgate-User': 'mike', 'X-Forwarded-User': null, cookies: [] });
        await page.getByRole('button', { name: 'Count' }).click();
        await page.getByText(`counted ${count}`).waitFor();
      };

      it('and those of its own pages pass: in two tabs, with a query, after the socket was lost, and embedded elsewhere', async () => {
        const { gate, path } = stage;
        const page = await tab();
        await openAs(page, 'mike', `${gate.origin}${path}?chosen=3`);
        await works(page);
        if (kind === 'panel') await page.getByText('chosen 3').waitFor();
        const other = await page.context().newPage();
        await other.goto(gate.origin + path);
        await works(other);
        const embedded = await page.context().newPage();
        await embedded.goto(`${gate.origin}/portal/`);
        await works(embedded);
        // Its own end of the socket hangs up: the page opens another with the token that it has.
        await page.evaluate('sockets.forEach((socket) => socket.close())');
        await expect.poll(() => page.evaluate('sockets.length'), { timeout: 20_000 }).toBe(2);
        await expect.poll(() => page.evaluate('sockets[1].readyState'), { timeout: 20_000 }).toBe(1);
        await page.getByRole('button', { name: 'Count' }).click();
        await page.getByText('counted 2').waitFor();
        expect(gate.logText()).not.toContain('page-token-wrong');
      });

      it.each<[string, () => Promise<string>]>([
        ['with a name in a header of another proxy', async () => forgeToken(FORGED)],
        ['with the name of another', async () => forgeToken({ headers: { 'X-Dashgate-User': 'ceo' } })],
        [
          'with the name of another beside the own',
          async () => {
            const headers = { ...((await honest(stage)).headers ?? {}), x_dashgate_user: 'ceo' };
            return forgeToken({ headers });
          },
        ],
        ['as a guest', async () => forgeToken({ ...(await honest(stage)), cookies: { is_guest: '1' } })],
        ['as nobody', async () => forgeToken({ headers: { Host: 'ceo' } })],
        [
          'with a cookie in the value of another',
          async () => forgeToken({ ...(await honest(stage)), cookies: { a: '1; user=ceo' } }),
        ],
        ['with a session of ours', async () => forgeToken({ ...(await honest(stage)), cookies: { dashgate: 'ceo' } })],
        [
          'with a password',
          async () =>
            forgeToken({ headers: { ...((await honest(stage)).headers ?? {}), Authorization: basicOf('mica') } }),
        ],
        [
          'of a page that another has loaded',
          async () => tokenIn(await ask(stage, '', { headers: { Authorization: basicOf('mica') } })),
        ],
        ['that is none', async () => 'eyJhIjox'],
      ])('one %s is refused, with its reason', async (_what, token) => {
        const { gate, path, app } = stage;
        const before = begun(app, '(?:ceo|mica)').length;
        const answer = await openSocket(gate, `${path}/ws`, await token(), 'mike');
        expect([answer.status, JSON.parse(answer.body).reason]).toEqual([403, 'page-token-wrong']);
        const answered = await openSocket(gate, `${path}/ws?bokeh-protocol-version=1.0`, await token(), 'mike');
        expect(answered.status).toBe(403);
        // Loading the page, for the one that is honest but another's, has begun one.
        expect(begun(app, 'ceo')).toEqual([]);
        expect(begun(app, '(?:ceo|mica)').length - before).toBeLessThanOrEqual(2);
        await gate.logged(/"message":"refused".*page-token-wrong|page-token-wrong.*"message":"refused"/);
      });

      it.each<[string, (token: string) => string]>([
        ['a page', (token) => `?bokeh-token=${token}`],
        ['a page, spelt otherwise', (token) => `?a=b&%62okeh%2Dtoken=${token}`],
        ['what embeds it', (token) => `/autoload.js?bokeh-autoload-element=x&bokeh-token=${token}`],
        ['what embeds it, by the id of a session', () => '/autoload.js?bokeh-autoload-element=x&bokeh-session-id=ceo'],
      ])('in the address of %s is refused', async (_what, asked) => {
        const { app } = stage;
        const page = await ask(stage, asked(forgeToken(FORGED)));
        expect(JSON.parse(page).reason).toBe('page-token-wrong');
        expect(begun(app, 'ceo')).toEqual([]);
      });

      it('in a form that comes with a GET is refused', async () => {
        const { gate, app, path } = stage;
        const form = `bokeh-token=${forgeToken(FORGED)}`;
        const asked = [
          ...[`GET ${path} HTTP/1.1`, `Host: ${gate.host}`, `Authorization: ${basicOf('mike')}`, 'Connection: close'],
          ...['Content-Type: application/x-www-form-urlencoded', `Content-Length: ${form.length}`, '', form],
        ];
        const answer = await raw(Number(new URL(gate.origin).port), asked.join('\r\n'));
        expect([answer?.status, answer?.body]).toEqual([403, expect.stringContaining('page-token-wrong')]);
        expect(begun(app, 'ceo')).toEqual([]);
      });

      it('with the header that names a session a page begins its own', async () => {
        const page = await ask(stage, '', { headers: { 'Bokeh-Session-Id': 'ceo' } });
        expect(payloadOf(tokenIn(page)).session_id).toMatch(/^\w{44}$/);
      });
    });
  });
});
