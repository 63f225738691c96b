import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CLIENT, connectedApp, SECRET, SECRET_ID } from '../support/connected.ts';
import { freePort } from '../support/free-port.ts';
import { type Gate, startGate } from '../support/gate.ts';
import { needs } from '../support/needs.ts';
import { selfSigned } from '../support/self-signed.ts';
import { startProgram } from '../support/start-program.ts';
import { tempDir } from '../support/temp-dir.ts';
import { thirdPartyBrowser } from '../support/third-party-browser.ts';

const HOST = join(import.meta.dirname, '../../examples/embedding/host.mjs');

needs('chromium', 'openssl')('the host application of the example', () => {
  const closing = new AsyncDisposableStack();
  let gate: Gate;
  let port: number;
  beforeAll(async () => {
    port = await freePort();
    const dir = closing.use(await tempDir());
    const { cert, key } = selfSigned(dir, 'dash.example.com', 'dash.example.com');
    gate = closing.use(
      await startGate({
        publicUrl: 'https://dash.example.com:$PORT',
        server: { tls: { cert_file: cert, key_file: key } },
        connected_apps: [connectedApp({ domains: [`http://localhost:${port}`] })],
        answer: (_request, response) =>
          void response.setHeader('Content-Type', 'text/html').end('<!doctype html><title>Sales</title><h1>Sales</h1>'),
      }),
    );
    const env = { DASHBOARD: `${gate.origin}/`, CLIENT_ID: CLIENT, SECRET_ID, SECRET, PORT: `${port}` };
    closing.use(await startProgram(process.execPath, [HOST], { env, ready: /http:\/\/localhost/ }));
  });
  afterAll(() => closing.disposeAsync());

  it('shows a dashboard to its user, and gives it a new token when it is asked', async () => {
    await using browser = await thirdPartyBrowser(['dash.example.com'], 'block');
    const page = await browser.context.newPage();
    await page.goto(`http://localhost:${port}/`);
    await page.locator('dashgate-embed').frameLocator('iframe').getByRole('heading', { name: 'Sales' }).waitFor();
    const renewed = page.waitForResponse((answer) => answer.url() === `${gate.origin}/_dashgate/embed` && answer.ok());
    await page.evaluate(
      `document.querySelector('dashgate-embed').dispatchEvent(new CustomEvent('dashgate-token-needed'))`,
    );
    await renewed;
    expect(await page.getByRole('status').textContent()).toBe('');
  });
});
