import type { BrowserContextOptions, Page } from 'playwright-core';
import { DEMO_USERS } from '../../src/directories/demo-users.ts';
import { typeIn } from '../flows/page.ts';
import { needs } from '../support/needs.ts';
import { suiteBrowser } from '../support/suite-browser.ts';
import { type Example, type Recipe, startExample } from './start-example.ts';

type User = (typeof DEMO_USERS)[number]['user'];

export interface Stage {
  readonly example: Example;
  /** An empty page in a browser of one's own. */
  browse(options?: BrowserContextOptions): Promise<Page>;
  /**
   * The example's page at a path in such a browser, after signing in at the login page.
   * @param by - what is asked for first, where the page itself is open to everybody
   */
  open(user: User, path: string, by?: string): Promise<Page>;
}

/** A running example and Chromium, for a suite. */
export function inChromium(recipe: Recipe, suite: (stage: () => Stage) => void): void {
  needs(recipe.needs, 'chromium')(`examples/${recipe.name}`, () => {
    let example: Example;
    const { newPage: browse } = suiteBrowser(async (closing) => {
      example = closing.use(await startExample(recipe));
    });
    const open: Stage['open'] = async (user, path, by = path) => {
      const page = await browse();
      await page.goto(example.origin + by);
      await typeIn(page, user, DEMO_USERS.find((it) => it.user === user)?.password ?? '');
      await page.waitForURL(example.origin + path);
      return page;
    };
    suite(() => ({ example, browse, open }));
  });
}

/** Until a page says this: dashboards draw it late. */
export const says = (page: Page, text: string | RegExp): Promise<void> =>
  page.getByText(text, { exact: true }).first().waitFor({ timeout: 30_000 });
