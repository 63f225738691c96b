import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DEMO_USERS } from '../../src/directories/demo-users.ts';
import { typeIn } from '../flows/page.ts';
import { browser } from '../support/browser.ts';
import { needs } from '../support/needs.ts';
import { type Example, type Recipe, startExample } from './start-example.ts';

export interface Shown extends Recipe {
  /** Where its page is; `/` when absent. */
  readonly path?: string;
  /** Other words than `Hello mica`. */
  readonly greeting?: (name: string) => RegExp;
  /** What a client says that would like to be somebody else. */
  readonly forged?: { readonly headers?: Record<string, string>; readonly cookies?: Record<string, string> };
  /** What mike's page says of his grants, where it does. */
  readonly granted?: string;
  /** Whom the app takes that client for where it is asked without dashgate. `null`: it believes nobody. */
  readonly believed: string | null;
}

type User = (typeof DEMO_USERS)[number]['user'];

export interface Stage {
  readonly example: Example;
  /** The example's page, or the one at `path`, in a browser of one's own, after signing in at the login page. */
  open(user: User, path?: string): Promise<Page>;
  /** An empty page in such a browser. */
  browse(): Promise<Page>;
}

/** Until a page says this: dashboards draw it late. */
export const says = (page: Page, text: string | RegExp): Promise<void> =>
  page.getByText(text, { exact: true }).first().waitFor({ timeout: 30_000 });

/** An example whose app says hello to who is there: run by its README's commands, and looked at in Chromium. */
export function saysWho(
  { path: first = '/', greeting, forged = {}, granted, believed, ...recipe }: Shown,
  more?: (stage: () => Stage) => void,
) {
  needs(recipe.needs, 'chromium')(`examples/${recipe.name}`, () => {
    const closing = new AsyncDisposableStack();
    let example: Example;
    let chrome: Browser;
    beforeAll(async () => {
      const starting = startExample(recipe).then((it) => closing.use(it));
      const opening = browser().then((it) => closing.adopt(it, () => it.close()));
      [example, chrome] = await Promise.all([starting, opening]);
    });
    afterAll(() => closing.disposeAsync());

    const browse = async (): Promise<Page> => closing.use(await chrome.newContext()).newPage();
    const open = async (user: User, path = first): Promise<Page> => {
      const page = await browse();
      await page.goto(example.origin + path);
      await typeIn(page, user, DEMO_USERS.find((it) => it.user === user)?.password ?? '');
      await page.waitForURL(example.origin + path);
      return page;
    };
    const forge = async (page: Page, origin: string): Promise<void> => {
      const { headers = {}, cookies = {} } = forged;
      await page.setExtraHTTPHeaders(headers);
      const set = Object.entries(cookies).map(([name, value]) => ({ name, value, url: origin }));
      await page.context().addCookies(set);
      await page.goto(origin + first);
    };
    const greets = (page: Page, name: string): Promise<void> => says(page, greeting?.(name) ?? `Hello ${name}`);

    it('says hello to mica, who signed in at the login page', async () => {
      await greets(await open('mica'), 'mica');
    });

    it('says hello to mike, whoever he says that he is', async () => {
      const page = await open('mike');
      await greets(page, 'mike');
      await forge(page, example.origin);
      await greets(page, 'mike');
      if (granted !== undefined) await says(page, granted);
      expect(await page.getByText(/ceo|guest/).count()).toBe(0);
    });

    it.skipIf(believed === null)(
      'says hello to whoever comes by its own port: that is for dashgate alone',
      async () => {
        const page = await browse();
        await forge(page, example.upstream);
        await greets(page, believed ?? '');
      },
    );

    more?.(() => ({ example, open, browse }));
  });
}
