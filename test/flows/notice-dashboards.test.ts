import { join } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { browser } from '../support/browser.ts';
import { startGate } from '../support/gate.ts';
import { needs } from '../support/needs.ts';
import { startDashboard } from '../support/start-dashboard.ts';
import { type Dashboard as RunningDashboard, startGunicorn } from '../support/start-gunicorn.ts';
import { endSession, noticeOf, showRoots, signInAgain } from './notice.ts';
import { openAs } from './page.ts';

const apps = join(import.meta.dirname, '../support/dashboards');

/** A dashboard with state in its page or behind it, in the words of a person who uses it. */
interface Dashboard {
  readonly path?: string;
  /** Makes some, and waits until the dashboard has said so. */
  fill(page: Page): Promise<void>;
  /** Uses it once the session has ended; not needed where its connection tells. */
  use?(page: Page): Promise<void>;
  /** Uses it again, and sees that it goes on from there. */
  goOn(page: Page): Promise<void>;
}

const button = (page: Page): Locator => page.getByRole('button', { name: 'Count' });
const count = (page: Page): Promise<void> => button(page).click();
const sees = (page: Page, text: string): Promise<void> => page.getByText(text).first().waitFor();
async function type(page: Page): Promise<void> {
  const field = page.getByLabel('Typed');
  await field.fill('hello');
  await field.press('Tab');
}

needs('chromium')('a page that stays open', () => {
  const closing = new AsyncDisposableStack();
  let chrome: Browser;
  beforeAll(async () => {
    chrome = await browser();
    closing.defer(() => chrome.close());
  });
  afterAll(() => closing.disposeAsync());

  /** A page of a dashboard behind dashgate, whose session has ended while it was open. */
  async function endOpen(
    { origin }: RunningDashboard,
    { path = '', fill, use }: Pick<Dashboard, 'path' | 'fill' | 'use'>,
    kind = 'web',
  ): Promise<{ page: Page; loads: () => number } & AsyncDisposable> {
    await using opening = new AsyncDisposableStack();
    const app = { name: 'dash', kind, at: '/', upstream: origin, session_notice: 'on' };
    const gate = opening.use(await startGate({ publicUrl: 'http://127.0.0.1:$PORT', apps: [app] }));
    const context = opening.use(await chrome.newContext());
    await showRoots(context);
    const page = await context.newPage();
    let loads = 0;
    await openAs(page, 'mica', `${gate.origin}/${path}`);
    await page.waitForLoadState();
    page.on('load', () => loads++);
    await fill(page);
    await endSession(context, gate.origin);
    await use?.(page);
    await noticeOf(page).getByText('Your session has ended').waitFor();
    const opened = opening.move();
    return { page, loads: () => loads, [Symbol.asyncDispose]: () => opened.disposeAsync() };
  }

  async function keepsItsState(running: RunningDashboard, dashboard: Dashboard, kind?: string): Promise<void> {
    await using open = await endOpen(running, dashboard, kind);
    const { page, loads } = open;
    await noticeOf(page).getByText('Sign in again to go on from here.').waitFor();
    await signInAgain(page, 'mica');
    await noticeOf(page).waitFor({ state: 'detached' });
    await dashboard.goOn(page);
    expect(loads()).toBe(0);
  }

  /** Says so, is loaded anew once somebody has signed in, and works from its beginning. */
  async function mustBeLoadedAnew(running: RunningDashboard, path = ''): Promise<void> {
    const begin = async (page: Page): Promise<void> => {
      await sees(page, 'count 0');
      await count(page);
      await sees(page, 'count 1');
    };
    await using open = await endOpen(running, { path, fill: begin });
    const { page, loads } = open;
    await noticeOf(page).getByText('The page must then be loaded anew').waitFor();
    expect(loads()).toBe(0);
    await signInAgain(page, 'mica');
    await begin(page);
    await page.waitForLoadState();
    expect(loads()).toBe(1);
  }

  needs('python')('of Dash', () => {
    it('goes on where it was', async () => {
      await using dash = await startGunicorn(apps, {}, 'dash_app:server');
      await keepsItsState(
        dash,
        {
          async fill(page) {
            await page.locator('#typed').fill('hello');
            await count(page);
            await sees(page, '1: hello at 3');
          },
          use: count,
          async goOn(page) {
            await count(page);
            await sees(page, '2: hello at 3');
          },
        },
        'dash',
      );
    });
  });

  needs('dashboards')('of another dashboard', () => {
    const typedAndCounted: Dashboard = {
      async fill(page) {
        await type(page);
        await count(page);
        await sees(page, '1: hello');
      },
      async goOn(page) {
        // Clicks are lost until its client has connected again, which it does by its own clock.
        const counted = page.getByText(/[2-9]: hello/).first();
        const isCounted = async (): Promise<boolean> => {
          await count(page);
          return counted.waitFor({ timeout: 1000 }).then(
            () => true,
            () => false,
          );
        };
        await expect.poll(isCounted, { timeout: 45_000 }).toBe(true);
      },
    };

    it('that is of Gradio goes on where it was', async () => {
      await using gradio = await startDashboard('gradio');
      const said = (page: Page) => expect.poll(() => page.getByLabel('Said').inputValue(), { timeout: 15_000 });
      await keepsItsState(gradio, {
        async fill(page) {
          await type(page);
          await count(page);
          await said(page).toBe('1: hello at 3');
        },
        use: count,
        async goOn(page) {
          await count(page);
          await said(page).toBe('2: hello at 3');
        },
      });
    });

    it('that is of marimo goes on where it was', async () => {
      await using marimo = await startDashboard('marimo');
      await keepsItsState(marimo, typedAndCounted);
    });

    it('that is of Bokeh goes on where it was, as long as its server keeps it', async () => {
      await using bokeh = await startDashboard('bokeh');
      await keepsItsState(bokeh, { ...typedAndCounted, path: 'bokeh_app' });
    });

    it('that is of Streamlit goes on where it was', async () => {
      await using streamlit = await startDashboard('streamlit');
      await keepsItsState(streamlit, typedAndCounted);
    });

    it('that is of Panel has to be loaded anew, and says so', async () => {
      await using panel = await startDashboard('panel');
      await mustBeLoadedAnew(panel, 'panel_app');
    });

    it('that is of Shiny has to be loaded anew, and says so', async () => {
      await using shiny = await startDashboard('shiny');
      await mustBeLoadedAnew(shiny);
    });

    it('that is of Voila has to be loaded anew, and says so', async () => {
      await using voila = await startDashboard('voila');
      await mustBeLoadedAnew(voila);
    });
  });
});
