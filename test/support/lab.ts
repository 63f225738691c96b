import type { Page, WebSocket } from 'playwright-core';

/** What Jupyter asks for by a flag where it runs as root, and nobody but a test should give it: by file in its home. */
export const LAB_AS_ROOT = { '.jupyter/jupyter_config.json': '{ "ServerApp": { "allow_root": true } }' };

/** Runs the first cell of the notebook that JupyterLab is opening. @returns the websocket to its kernel */
export async function runFirstCell(page: Page): Promise<WebSocket> {
  const channels = page.waitForEvent('websocket', (socket) => /\/api\/kernels\/[\w-]+\/channels/.test(socket.url()));
  // A cell that is run before has no kernel to go to.
  await page.getByText('Python 3 (ipykernel) | Idle', { exact: true }).waitFor();
  await page.locator('.jp-CodeCell .cm-content').first().click();
  await page.keyboard.press('Shift+Enter');
  return channels;
}
