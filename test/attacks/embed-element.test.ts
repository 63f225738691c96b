import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { needs } from '../support/needs.ts';
import { suiteBrowser } from '../support/suite-browser.ts';

// Whoever can choose what a host page shows by <dashgate-embed src> gets no further than the frame: not into the page around it,
// and not to the token of another dashboard.

const EMBED = readFileSync(new URL('../../src/embedding/page/embed.js', import.meta.url), 'utf8');
const PORTAL = 'https://portal.example.org';
const DASH = 'https://dash.example.com';

interface Told {
  readonly code: number | string;
  readonly title: string;
  readonly frame: string | null;
}

needs('chromium')('the element of a host page', () => {
  const { newPage } = suiteBrowser();

  /** Shows it to a server that answers with this target. @returns what the page was told, and what came of it */
  async function shown(src: string, target: string) {
    const page = await newPage();
    const asked: string[] = [];
    await page.route('**/*', async (route) => {
      const request = route.request();
      asked.push(`${request.method()} ${request.url()}`);
      if (request.url() === `${PORTAL}/embed.js`)
        return route.fulfill({
          contentType: 'text/javascript',
          headers: { 'Access-Control-Allow-Origin': '*' },
          body: EMBED,
        });
      if (request.method() === 'GET')
        return route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>x</title>' });
      const now = Math.floor(Date.now() / 1000);
      const headers = {
        ...{ 'Access-Control-Allow-Origin': PORTAL, 'Access-Control-Allow-Credentials': 'true' },
        'Access-Control-Allow-Headers': 'Content-Type',
      };
      return route.fulfill({ headers, json: { target, expires_at: now + 300, now } });
    });
    await page.goto(`${PORTAL}/`);
    const told = await page.evaluate<Told>(`(async () => {
      await import('${PORTAL}/embed.js');
      const element = document.createElement('dashgate-embed');
      const error = new Promise((resolve) => element.addEventListener('dashgate-error', resolve));
      element.setAttribute('src', ${JSON.stringify(src)});
      element.setAttribute('token', 'a.b.c');
      document.body.append(element);
      const { code } = (await error).detail;
      return { code, title: document.title, frame: element.shadowRoot.querySelector('iframe').getAttribute('src') };
    })()`);
    return { ...told, asked };
  }

  it.each([
    "javascript:parent.document.title='taken'",
    "data:text/html,<script>parent.postMessage({dashgate:'ready'},'*')</script>",
    'https://elsewhere.example.net/',
    'http://dash.example.com/sales/',
    '//elsewhere.example.net/',
    '',
  ])('shows nothing but what is at the server that it asked: %s', async (target) => {
    const { code, title, frame } = await shown(`${DASH}/sales/`, target);
    expect([code, title, frame]).toEqual(['unusable', 'x', null]);
  });

  it.each(["javascript:parent.document.title='taken'", 'data:text/html,x', 'about:blank', 'blob:null/1'])(
    'brings its token nowhere for what is at no server: %s',
    async (src) => {
      const { code, asked } = await shown(src, `${DASH}/`);
      expect([code, asked.filter((each) => each.startsWith('POST'))]).toEqual(['unusable', []]);
    },
  );
});
