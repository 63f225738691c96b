import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectedApp, mint } from '../support/connected.ts';
import { type Gate, startGate } from '../support/gate.ts';
import { type HostPage, startHostPage } from '../support/host-page.ts';
import { needs } from '../support/needs.ts';
import { selfSigned } from '../support/self-signed.ts';
import { tableauApps } from '../support/tableau.ts';
import { bundleEmbeddingApi } from '../support/tableau-client/bundle.ts';
import { tempDir } from '../support/temp-dir.ts';
import { thirdPartyBrowser } from '../support/third-party-browser.ts';

const DASH = 'dash.example.com';
const PORTAL = 'portal.example.org';

needs('chromium', 'openssl')('@tableau/embedding-api in a page at another site', () => {
  const closing = new AsyncDisposableStack();
  let gate: Gate;
  let portal: HostPage;
  let context: BrowserContext;
  let library: string;
  beforeAll(async () => {
    const dir = closing.use(await tempDir());
    const files = selfSigned(dir, DASH, DASH, PORTAL);
    portal = closing.use(await startHostPage(PORTAL, files));
    library = await bundleEmbeddingApi();
    gate = closing.use(
      await startGate({
        publicUrl: `https://${DASH}:$PORT`,
        server: { tls: { cert_file: files.cert, key_file: files.key } },
        connected_apps: [connectedApp({ domains: [portal.origin] })],
        apps: tableauApps(),
        answer({ url = '', headers }, response) {
          response.setHeader('Content-Type', 'text/html');
          response.end(
            `<!doctype html><title>View</title><p>${url.split('?')[0]} for ${headers['x-dashgate-user']}</p>`,
          );
        },
      }),
    );
    context = closing.use(await thirdPartyBrowser([DASH, PORTAL], 'block')).context;
  }, 60_000);
  afterAll(() => closing.disposeAsync());

  /** The page of a host application, with the element as its documentation has it. */
  async function open(token: string, more = ''): Promise<Page> {
    portal.show(`
      <script>
        const heard = [];
        addEventListener('vizloaderror', ({ detail }) => heard.push({ code: detail.errorCode, ...JSON.parse(detail.message) }), true);
      </script>
      <tableau-viz src="${gate.origin}/t/finance/views/book/sheet" token="${token}" ${more}></tableau-viz>
      <script>${library}</script>`);
    const page = await context.newPage();
    await page.goto(`${portal.origin}/`);
    return page;
  }
  const heardBy = (page: Page): Promise<{ errorMessage: string }[]> => page.evaluate('heard');
  const shows = (page: Page) =>
    page
      .frameLocator('tableau-viz iframe')
      .getByText(/views\/book\/sheet for .*alice@example.com/)
      .waitFor();

  it('signs in, and shows the view in its frame', async () => {
    const page = await open(mint());
    await shows(page);
    expect(await heardBy(page)).toEqual([]);
    await page.close();
  });

  it('signs in within the frame where it is told to', async () => {
    const jwt = mint();
    const page = await open(jwt, 'iframe-auth');
    await shows(page);
    expect(
      page
        .frames()
        .map((frame) => frame.url())
        .join(),
    ).not.toContain(jwt);
    expect(gate.logText()).not.toContain(jwt);
    await page.close();
  });

  describe('tells its page', () => {
    it.each([
      [
        'that a token was used before',
        async () => {
          const jwt = mint();
          const page = await open(jwt);
          await shows(page);
          await page.close();
          return jwt;
        },
        10091,
      ],
      ['that a token is over', async () => mint({ claims: { exp: 1 } }), 10084],
      ['that a token is of nobody', async () => mint({ header: { iss: 'x' }, claims: { iss: 'x' } }), 126],
    ])('%s', async (_what, token, code) => {
      const page = await open(await token());
      await expect.poll(() => heardBy(page), { timeout: 20_000 }).toHaveLength(1);
      const [error] = await heardBy(page);
      expect(error).toMatchObject({ code: 'auth-failed', statusCode: 401 });
      expect(JSON.parse(error?.errorMessage ?? '')).toEqual({ result: { errors: [{ code }] } });
      await page.close();
    });
  });
});
