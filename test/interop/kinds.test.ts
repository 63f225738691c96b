import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { openAs } from '../flows/page.ts';
import { startGate } from '../support/gate.ts';
import { needs } from '../support/needs.ts';
import { startDashboard } from '../support/start-dashboard.ts';
import { suiteBrowser } from '../support/suite-browser.ts';

// Each kind in an app that is closed but for its page: what the kind knows has to be enough for the page to work.

const sees = (page: Page, text: string | RegExp): Promise<void> => page.getByText(text).first().waitFor();
const count = (page: Page): Promise<void> => page.getByRole('button', { name: 'Count' }).click();
const counts =
  (first: RegExp) =>
  async (page: Page): Promise<void> => {
    await page.getByRole('button', { name: 'Count' }).waitFor();
    // Until its socket is open, clicks are lost.
    const isCounted = async (): Promise<boolean> => {
      await count(page);
      return page
        .getByText(first)
        .first()
        .waitFor({ timeout: 1000 })
        .then(
          () => true,
          () => false,
        );
    };
    await expect.poll(isCounted, { timeout: 45_000 }).toBe(true);
  };

needs('dashboards', 'chromium')('a closed app whose rules name its page alone', () => {
  const { newPage } = suiteBrowser();

  it.each([
    ['bokeh', '/bokeh_app', counts(/[1-9]:/)],
    ['panel', '/panel_app', counts(/count [1-9]/)],
    ['streamlit', '/', counts(/[1-9]:/)],
    ['shiny', '/', counts(/count [1-9]/)],
    ['marimo', '/', counts(/[1-9]:/)],
    [
      'gradio',
      '/',
      async (page: Page) => {
        await count(page);
        await expect.poll(() => page.getByLabel('Said').inputValue(), { timeout: 30_000 }).toMatch(/^1: /);
      },
    ],
    ['voila', '/', (page: Page) => sees(page, /count \d/)],
  ] as const)('%s works, and nothing that it asks for is refused', async (kind, path, works) => {
    await using dashboard = await startDashboard(kind);
    const paths = path === '/' ? ['/'] : [path, `${path}/**`];
    await using gate = await startGate({
      publicUrl: 'http://127.0.0.1:$PORT',
      apps: [
        { name: 'sales', kind, at: '/', upstream: dashboard.origin, resources: [{ resource: 'marketing', paths }] },
      ],
    });
    const page = await newPage();
    try {
      const refused: string[] = [];
      page.on('response', (response) => {
        if (response.status() === 403) refused.push(new URL(response.url()).pathname);
      });
      await openAs(page, 'mike', gate.origin + path);
      await works(page);
      expect(refused).toEqual([]);
      expect((await page.goto(`${gate.origin}/elsewhere`))?.status()).toBe(403);
    } finally {
      await page.context().close();
    }
  });
});
