import { type Browser, chromium, type LaunchOptions } from 'playwright-core';
import { program } from './programs.ts';

/**
 * The machine's own Chromium, headless: `await using chrome = await browser()`. It reaches this machine only.
 * @param hosts - names that are to lead here, as a name server would say: `['dash.example.com']`
 */
export const browser = (hosts: readonly string[] = []): Promise<Browser> => chromium.launch(launchOptions(hosts));

/** The same for a browser with a profile of its own. */
export function launchOptions(hosts: readonly string[]): LaunchOptions {
  const here = hosts.map((host) => `MAP ${host} 127.0.0.1`);
  return {
    executablePath: program('chromium'),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      `--host-resolver-rules=${[...here, 'MAP * ~NOTFOUND', 'EXCLUDE localhost', 'EXCLUDE 127.0.0.1'].join(',')}`,
    ],
  };
}
