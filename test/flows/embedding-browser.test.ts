import type { RequestListener } from 'node:http';
import { join } from 'node:path';
import type { BrowserContext, FrameLocator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectedApp, mint } from '../support/connected.ts';
import { type Gate, startGate } from '../support/gate.ts';
import { type HostPage, startHostPage } from '../support/host-page.ts';
import { needs } from '../support/needs.ts';
import { selfSigned } from '../support/self-signed.ts';
import { startDashboard } from '../support/start-dashboard.ts';
import { startGunicorn } from '../support/start-gunicorn.ts';
import { tempDir } from '../support/temp-dir.ts';
import { thirdPartyBrowser } from '../support/third-party-browser.ts';

const DASH = 'dash.example.com';
const STREAMLIT = 'streamlit.example.com';
const PORTAL = 'portal.example.org';
const INTRANET = 'intranet.example.net';
const STRANGER = 'stranger.example.info';
const NAMES = [DASH, STREAMLIT, PORTAL, INTRANET, STRANGER];

/** A dashboard that never rests: its page asks who is there, in each way that a page can, and says for whom it was made. */
function createRestless(): { readonly answer: RequestListener; readonly mixed: string[]; readonly asked: string[] } {
  const mixed: string[] = [];
  const asked: string[] = [];
  return {
    mixed,
    asked,
    answer({ url = '', headers }, response) {
      const user = String(headers['x-dashgate-user'] ?? '');
      const made = new URL(url, 'http://here').searchParams.get('made');
      if (made !== null) {
        asked.push(`${new URL(url, 'http://here').pathname} ${made}`);
        if (made !== user) mixed.push(`${url} was answered for ${user}`);
      }
      asked.push(String(headers.referer ?? ''));
      if (!headers.accept?.includes('text/html')) {
        response.end(user);
        return;
      }
      response.setHeader('Content-Type', 'text/html');
      response.end(`<!doctype html><html><head><title>Restless</title></head><body><p id="who">${user}</p><img id="image"><script>
        const made = ${JSON.stringify(user)};
        setInterval(() => {
          fetch('/who?made=' + made).then((answer) => answer.text()).then((now) => (who.textContent = now));
          const asked = new XMLHttpRequest();
          asked.open('GET', '/xhr?made=' + made);
          asked.send();
          navigator.sendBeacon('/beacon?made=' + made);
          image.src = '/image?made=' + made + '&at=' + Date.now();
        }, 30);
      </script></body></html>`);
    },
  };
}

needs('chromium', 'openssl')('a dashboard in a page at another site, with cookies of third parties blocked', () => {
  const closing = new AsyncDisposableStack();
  const restless = createRestless();
  let gate: Gate;
  let portal: HostPage;
  let intranet: HostPage;
  let stranger: HostPage;
  let context: BrowserContext;
  beforeAll(async () => {
    const dir = closing.use(await tempDir());
    const files = selfSigned(dir, DASH, ...NAMES);
    [portal, intranet, stranger] = [
      closing.use(await startHostPage(PORTAL, files)),
      closing.use(await startHostPage(INTRANET, files)),
      closing.use(await startHostPage(STRANGER, files)),
    ];
    gate = closing.use(
      await startGate({
        publicUrl: `https://${DASH}:$PORT`,
        server: { tls: { cert_file: files.cert, key_file: files.key } },
        connected_apps: [
          connectedApp({ domains: [portal.origin, intranet.origin], user_claim: 'sub', shares_user_names: true }),
        ],
        apps: [{ name: 'sales', at: '/', upstream: '$UPSTREAM', identity: ['headers'] }],
        answer: restless.answer,
      }),
    );
    context = closing.use(await thirdPartyBrowser(NAMES, 'block')).context;
  });
  afterAll(() => closing.disposeAsync());

  const element = (token: string, src = `${gate.origin}/`) => `
    <script type="module" src="${gate.origin}/_dashgate/embed.js"></script>
    <script>
      const heard = [];
      for (const type of ['dashgate-ready', 'dashgate-error', 'dashgate-token-needed'])
        addEventListener(type, ({ detail }) => heard.push([type, detail]));
    </script>
    <dashgate-embed src="${src}" token="${token}"></dashgate-embed>`;
  const tokenOf = (sub: string, forSec = 300) => mint({ claims: { sub, exp: Math.floor(Date.now() / 1000) + forSec } });
  const frameOf = (page: Page): FrameLocator => page.locator('dashgate-embed').frameLocator('iframe');
  const heardBy = (page: Page): Promise<[string, { code?: unknown }][]> => page.evaluate('heard');
  async function open(host: HostPage, html: string): Promise<Page> {
    const page = await context.newPage();
    host.show(html);
    await page.goto(`${host.origin}/`);
    return page;
  }
  const says = (page: Page, text: string) => frameOf(page).getByText(text, { exact: true }).first().waitFor();
  const ended = (page: Page) => frameOf(page).getByRole('heading', { name: 'This view has ended' }).waitFor();

  it('keeps no cookie of a third party: what the tests stand on', async () => {
    const cookie = (partitioned: boolean) =>
      `document.cookie = 'control=1; Path=/; SameSite=None; Secure${partitioned ? '; Partitioned' : ''}'; document.cookie`;
    const readIn = async (browser: BrowserContext, partitioned: boolean): Promise<unknown> => {
      const page = await browser.newPage();
      portal.show(`<iframe src="${gate.origin}/_dashgate/embed/ended"></iframe>`);
      await page.goto(portal.origin);
      await page.frameLocator('iframe').getByRole('heading').waitFor();
      const read = await page.frames()[1]?.evaluate(cookie(partitioned));
      await page.close();
      return read;
    };
    expect(await readIn(context, false)).toBe('');
    expect(await readIn(context, true)).toBe('control=1');
    await using allowing = await thirdPartyBrowser(NAMES, 'allow');
    expect(await readIn(allowing.context, false)).toBe('control=1');
  });

  it('is signed in by its element, which says so, with the one cookie of frames', async () => {
    const page = await open(portal, element(tokenOf('alice')));
    await says(page, 'alice');
    await expect.poll(() => heardBy(page), { timeout: 15_000 }).toEqual([['dashgate-ready', {}]]);
    expect(await page.locator('dashgate-embed').getAttribute('token')).toBeNull();
    const cookies = await context.cookies(gate.origin);
    expect(cookies.map(({ name }) => name).filter((name) => name.includes('dashgate'))).toEqual([
      '__Host-dashgate-embed',
    ]);
    const alone = await context.newPage();
    await alone.goto(`${gate.origin}/`);
    expect(new URL(alone.url()).pathname).toBe('/_dashgate/login');
    await Promise.all([page.close(), alone.close()]);
  });

  it('is signed in by the address of a frame, of which nothing stays', async () => {
    const token = tokenOf('alice');
    const page = await open(portal, `<iframe src="${gate.origin}/_dashgate/embed?token=${token}&target=/"></iframe>`);
    await page.frameLocator('iframe').getByText('alice', { exact: true }).waitFor();
    expect(page.frames()[1]?.url()).toBe(`${gate.origin}/`);
    const sent = restless.asked.length;
    await expect.poll(() => restless.asked.length, { timeout: 30_000 }).toBeGreaterThan(sent + 10);
    expect(restless.asked.join()).not.toContain(token);
    expect(gate.logText()).not.toContain(token);
    await page.close();
  });

  it('is one user’s at one site and another’s at another', async () => {
    const pages = [
      await open(portal, element(tokenOf('alice'))),
      await open(intranet, element(tokenOf('bob'))),
    ] as const;
    await says(pages[0], 'alice');
    await says(pages[1], 'bob');
    const sent = restless.asked.length;
    await expect.poll(() => restless.asked.length, { timeout: 30_000 }).toBeGreaterThan(sent + 50);
    await says(pages[0], 'alice');
    await says(pages[1], 'bob');
    expect(restless.mixed).toEqual([]);
    await Promise.all(pages.map((page) => page.close()));
  });

  it('ends where another user signs in at the same site, and never has what is theirs', async () => {
    const first = await open(portal, element(tokenOf('alice')));
    await says(first, 'alice');
    const second = await open(portal, element(tokenOf('bob')));
    await ended(first);
    await says(second, 'bob');
    await expect
      .poll(() => heardBy(first))
      .toContainEqual(['dashgate-error', expect.objectContaining({ code: 'ended' })]);
    const sent = restless.asked.length;
    await expect.poll(() => restless.asked.length, { timeout: 30_000 }).toBeGreaterThan(sent + 50);
    expect(restless.mixed).toEqual([]);
    for (const way of ['/who', '/xhr', '/beacon', '/image'])
      expect(restless.asked.filter((asked) => asked.startsWith(way)).join()).toMatch(/alice.*bob/);
    await Promise.all([first.close(), second.close()]);
  });

  it('has nothing of the next user either where it was told nothing, and ends by what it is refused', async () => {
    const first = await context.newPage();
    // As of a page that hears of nothing: its websocket leads nowhere.
    await first.routeWebSocket(/embed\/watch/, () => {});
    portal.show(element(tokenOf('alice')));
    await first.goto(`${portal.origin}/`);
    await says(first, 'alice');
    const second = await open(portal, element(tokenOf('bob')));
    await says(second, 'bob');
    await ended(first);
    // Of an image nobody can tell which page wants it.
    expect(restless.mixed.filter((each) => !each.startsWith('/image'))).toEqual([]);
    restless.mixed.length = 0;
    await Promise.all([first.close(), second.close()]);
  });

  it('goes on with a new token without being loaded anew, and ends where none comes', async () => {
    const page = await open(portal, element(tokenOf('alice', 8)));
    await says(page, 'alice');
    const loads: string[] = [];
    page.on('framenavigated', (frame) => loads.push(frame.url()));
    const needed = async () => (await heardBy(page)).filter(([type]) => type === 'dashgate-token-needed').length;
    await expect.poll(needed, { timeout: 15_000 }).toBe(1);
    await page.evaluate(`document.querySelector('dashgate-embed').token = ${JSON.stringify(tokenOf('alice', 12))}`);
    await expect.poll(needed, { timeout: 15_000 }).toBe(2);
    await says(page, 'alice');
    expect(loads).toEqual([]);
    await ended(page);
    expect(loads).toEqual([`${gate.origin}/_dashgate/embed/ended`]);
    await page.close();
  }, 60_000);

  it('tells the page why there is none', async () => {
    const page = await open(portal, element(mint({ claims: { aud: 'elsewhere' } })));
    await expect
      .poll(() => heardBy(page))
      .toEqual([['dashgate-error', { code: 10084, message: 'aud is not "tableau"' }]]);
    const other = await open(stranger, element(tokenOf('alice')));
    await expect
      .poll(() => heardBy(other))
      .toEqual([['dashgate-error', expect.objectContaining({ code: 'unreachable' })]]);
    await Promise.all([page.close(), other.close()]);
  });

  it('is shown by no page that is not named, signed in there or not', async () => {
    const named = await open(portal, element(tokenOf('alice')));
    await says(named, 'alice');
    const page = await open(
      stranger,
      `<iframe src="${gate.origin}/"></iframe><iframe src="${portal.origin}/"></iframe>`,
    );
    await page.waitForLoadState('networkidle');
    expect(await page.frames()[1]?.evaluate('document.body.textContent')).not.toContain('alice');
    await Promise.all([named.close(), page.close()]);
  });

  describe('that is real', () => {
    needs('python', 'dashboards')('works in the frame', () => {
      it('of Dash by its callbacks, of Streamlit by its websocket', async () => {
        await using dash = await startGunicorn(
          join(import.meta.dirname, '../support/dashboards'),
          {},
          'dash_app:server',
        );
        await using streamlit = await startDashboard('streamlit');
        const at = `https://${STREAMLIT}:${gate.port}`;
        await gate.reconfigure({
          connected_apps: [connectedApp({ domains: [portal.origin], apps: ['dash', 'streamlit'] })],
          apps: [
            { name: 'dash', kind: 'dash', at: '/', upstream: dash.origin },
            { name: 'streamlit', kind: 'streamlit', at: `${at}/`, upstream: streamlit.origin },
          ],
        });
        const page = await open(portal, element(tokenOf('alice')));
        await frameOf(page).locator('#typed').fill('hello');
        await frameOf(page).getByRole('button', { name: 'Count' }).click();
        await frameOf(page).getByText('1: hello at 3').waitFor();
        const other = await open(portal, element(tokenOf('alice'), `${at}/`));
        await frameOf(other).getByLabel('Typed').fill('hello');
        await frameOf(other).getByLabel('Typed').press('Tab');
        await frameOf(other).getByRole('button', { name: 'Count' }).click();
        await frameOf(other).getByText('1: hello').first().waitFor();
        // Of another host: nothing of the first is ended by it.
        await frameOf(page).getByRole('button', { name: 'Count' }).click();
        await frameOf(page).getByText('2: hello at 3').waitFor();
        const next = await open(portal, element(tokenOf('bob'), `${at}/`));
        await ended(other);
        await frameOf(next).getByText('0:').first().waitFor();
      }, 120_000);
    });
  });
});
