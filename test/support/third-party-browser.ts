import { type BrowserContext, chromium } from 'playwright-core';
import { launchOptions } from './browser.ts';
import { type TempDir, tempDir } from './temp-dir.ts';

/** A browser with a profile, whose user lets no third party have cookies, or lets them all: Chromium's own setting for it. */
export interface ThirdPartyBrowser extends AsyncDisposable {
  readonly context: BrowserContext;
}

/** @param hosts - names that are to lead here */
export async function thirdPartyBrowser(
  hosts: readonly string[],
  cookies: 'block' | 'allow',
): Promise<ThirdPartyBrowser> {
  await using closing = new AsyncDisposableStack();
  const dir: TempDir = closing.use(await tempDir());
  // `chrome/browser/content_settings`: 0 is off, 1 blocks third parties.
  const profile = { cookie_controls_mode: cookies === 'block' ? 1 : 0 };
  await dir.write('Default/Preferences', JSON.stringify({ profile }));
  const context = await chromium.launchPersistentContext(dir.path, {
    ...launchOptions(hosts),
    ignoreHTTPSErrors: true,
  });
  closing.defer(() => context.close());
  const all = closing.move();
  return { context, [Symbol.asyncDispose]: () => all.disposeAsync() };
}
