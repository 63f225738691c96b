import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { openAs } from '../flows/page.ts';
import { type Gate, startGate, type User } from '../support/gate.ts';
import { needs } from '../support/needs.ts';
import { startDashboard } from '../support/start-dashboard.ts';
import { suiteBrowser } from '../support/suite-browser.ts';

// What docs/sections.md says of dashboards that have no seams inside, each shown with the real one.

const RULES = {
  resources: ['marketing', 'hr'].map((name) => ({ resource: name, paths: [`/${name}`, `/${name}/**`] })),
  open: ['/**'],
};

/** Every text of a websocket, and every answer, that a page gets. */
function listen(page: Page): () => Promise<string> {
  const arriving: Promise<string>[] = [];
  page.on('websocket', (socket) =>
    socket.on('framereceived', ({ payload }) => void arriving.push(Promise.resolve(payload.toString('latin1')))),
  );
  page.on('requestfinished', (request) => {
    const text = request.response().then((response) => response?.text() ?? '');
    arriving.push(text.catch(() => ''));
  });
  return async () => (await Promise.all(arriving)).join('\n');
}

needs('dashboards', 'chromium')('dashboards other than Dash, with rules by path', () => {
  const { closing, newPage } = suiteBrowser();

  const inFront = async (origin: string): Promise<Gate> =>
    closing.use(
      await startGate({
        publicUrl: 'http://127.0.0.1:$PORT',
        apps: [{ name: 'sales', at: '/', upstream: origin, ...RULES }],
      }),
    );
  const visit = async (gate: Gate, user: User, path = '/'): Promise<{ page: Page; arrived: () => Promise<string> }> => {
    const page = await newPage();
    const arrived = listen(page);
    await openAs(page, user, gate.origin + path);
    return { page, arrived };
  };

  describe('Streamlit', () => {
    let plain: Gate;
    let asking: Gate;
    beforeAll(async () => {
      const [one, other] = await Promise.all([
        startDashboard('streamlit_pages'),
        startDashboard('streamlit_pages', { ASKS: '1' }),
      ]);
      for (const app of [one, other]) closing.use(app);
      [plain, asking] = [await inFront(one.origin), await inFront(other.origin)];
    });

    it('guards the way in: /hr is refused where it is asked for by its address', async () => {
      const { page } = await visit(plain, 'mike', '/marketing');
      await page.getByText('CANARY-marketing').waitFor();
      expect((await page.goto(`${plain.origin}/hr`))?.status()).toBe(403);
      const { page: hers } = await visit(plain, 'mica', '/hr');
      await hers.getByText('CANARY-hr').waitFor();
    });

    it('does not guard a click, which asks for no address: the page comes over the websocket', async () => {
      const { page } = await visit(plain, 'mike');
      await page.getByText('CANARY-home').waitFor();
      const asked: string[] = [];
      page.on('request', (request) => void asked.push(new URL(request.url()).pathname));
      await page.getByRole('link', { name: 'hr' }).click();
      await page.getByText('CANARY-hr').waitFor();
      expect(asked).not.toContain('/hr');
    });

    it('is guarded by the app itself where that asks who is there: nothing of HR arrives', async () => {
      const { page, arrived } = await visit(asking, 'mike');
      await page.getByText('CANARY-home').waitFor();
      await page.getByRole('link', { name: 'marketing' }).click();
      await page.getByText('CANARY-marketing').waitFor();
      expect(await page.getByRole('link', { name: 'hr' }).count()).toBe(0);
      expect(await arrived()).toContain('CANARY-marketing');
      expect(await arrived()).not.toContain('CANARY-hr');
      const { page: hers } = await visit(asking, 'mica');
      await hers.getByRole('link', { name: 'hr' }).click();
      await hers.getByText('CANARY-hr').waitFor();
    });
  });

  describe('Panel', () => {
    it('has a websocket for each page, below its path: what is refused stays shut, and the rest works', async () => {
      const app = closing.use(await startDashboard('panel_pages'));
      const gate = await inFront(app.origin);
      const { page, arrived } = await visit(gate, 'mike', '/marketing');
      await page.getByText('CANARY-marketing').waitFor();
      await page.getByRole('button', { name: 'Count' }).click();
      await page.getByText('marketing counted 1').waitFor();
      const statusOf = (path: string) => page.evaluate(async (url) => (await fetch(url)).status, gate.origin + path);
      for (const path of ['/hr', '/hr/', '/hr/autoload.js', '/hr/ws']) expect(await statusOf(path), path).toBe(403);
      const opened = page.evaluate(
        (url) =>
          new Promise<string>((resolve) => {
            const socket = new WebSocket(url, ['bokeh', 'x']);
            socket.onopen = () => resolve('open');
            socket.onerror = () => resolve('refused');
          }),
        `${gate.origin.replace('http', 'ws')}/hr/ws`,
      );
      expect(await opened).toBe('refused');
      expect(await arrived()).not.toContain('CANARY-hr');
      const { page: hers } = await visit(gate, 'mica', '/hr');
      await hers.getByText('CANARY-hr').waitFor();
      await hers.getByRole('button', { name: 'Count' }).click();
      await hers.getByText('hr counted 1').waitFor();
    });
  });
});
