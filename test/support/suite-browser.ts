import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import { browser } from './browser.ts';

export interface SuiteBrowser {
  /** What else is to end with the suite. */
  readonly closing: AsyncDisposableStack;
  /** An empty page in a browser of one's own: without the cookies of any other. */
  newPage(options?: BrowserContextOptions): Promise<Page>;
}

/**
 * One Chromium for the suite that calls this.
 * @param beside - what else the suite has to wait for, started at the same time
 */
export function suiteBrowser(beside = async (_closing: AsyncDisposableStack): Promise<void> => {}): SuiteBrowser {
  const closing = new AsyncDisposableStack();
  let chrome: Browser;
  beforeAll(async () => {
    const opening = browser().then((it) => closing.adopt(it, () => it.close()));
    [chrome] = await Promise.all([opening, beside(closing)]);
  });
  afterAll(() => closing.disposeAsync());
  return {
    closing,
    newPage: async (options) => closing.use(await chrome.newContext(options)).newPage(),
  };
}
