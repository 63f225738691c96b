import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { inChromium, type Stage, says } from './in-chromium.ts';
import type { Recipe } from './start-example.ts';

export interface Shown extends Recipe {
  /** Where its page is; `/` when absent. */
  readonly path?: string;
  /** Other words than `Hello mica`. */
  readonly greeting?: (name: string) => RegExp;
  /** What a client says that would like to be somebody else. */
  readonly forged?: { readonly headers?: Record<string, string>; readonly cookies?: Record<string, string> };
  /** What mike's page says of his grants, where it does. */
  readonly granted?: string;
  /** Whom the app takes that client for where it is asked without dashgate. */
  readonly believed: string;
}

/** An example whose app says hello to who is there: run by its README's commands, and looked at in Chromium. */
export function saysWho(
  { path = '/', greeting, forged = {}, granted, believed, ...recipe }: Shown,
  more?: (stage: () => Stage) => void,
): void {
  const greets = (page: Page, name: string): Promise<void> => says(page, greeting?.(name) ?? `Hello ${name}`);
  const forge = async (page: Page, origin: string): Promise<void> => {
    const { headers = {}, cookies = {} } = forged;
    await page.setExtraHTTPHeaders(headers);
    const set = Object.entries(cookies).map(([name, value]) => ({ name, value, url: origin }));
    await page.context().addCookies(set);
    await page.goto(origin + path);
  };

  inChromium(recipe, (stage) => {
    it('says hello to mica, who signed in at the login page', async () => {
      await greets(await stage().open('mica', path), 'mica');
    });

    it('says hello to mike, whoever he says that he is', async () => {
      const { example, open } = stage();
      const page = await open('mike', path);
      await greets(page, 'mike');
      await forge(page, example.origin);
      await greets(page, 'mike');
      if (granted !== undefined) await says(page, granted);
      expect(await page.getByText(/ceo|guest/).count()).toBe(0);
    });

    it('says hello to whoever comes by its own port: that is for dashgate alone', async () => {
      const { example, browse } = stage();
      const page = await browse();
      await forge(page, example.upstream);
      await greets(page, believed);
    });

    more?.(stage);
  });
}
