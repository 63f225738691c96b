import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openAs } from '../flows/page.ts';
import { freePort } from '../support/free-port.ts';
import { LAB_AS_ROOT, runFirstCell } from '../support/lab.ts';
import { needs } from '../support/needs.ts';
import { program } from '../support/programs.ts';
import { quietly } from '../support/start-dashboard.ts';
import { startProgram } from '../support/start-program.ts';
import { suiteBrowser } from '../support/suite-browser.ts';
import { tempDir } from '../support/temp-dir.ts';
import { bothWays, startGateBy } from '../support/ways.ts';

const notebook = join(import.meta.dirname, '../../examples/jupyter/hello.ipynb');

needs('dashboards', 'chromium')('JupyterLab below a path, with the flags of docs/reference/kinds.md', () => {
  let upstream: string;
  const { newPage } = suiteBrowser(async (closing) => {
    const dir = closing.use(await tempDir());
    for (const [file, text] of Object.entries(LAB_AS_ROOT)) await dir.write(file, text);
    await cp(notebook, dir.file('notes/hello.ipynb'), { recursive: true });
    const port = await freePort();
    const flags = ['--ServerApp.base_url=/x/', '--IdentityProvider.token=', '--ServerApp.password='];
    const args = ['-m', 'jupyterlab', '--no-browser', '--ip=127.0.0.1', `--port=${port}`, ...flags];
    closing.use(
      await startProgram(program('dashboards'), [...args, '--ServerApp.allow_remote_access=True'], {
        cwd: dir.file('notes'),
        env: quietly(dir.path),
        ready: /Jupyter Server \S+ is running at/,
        readyWithinMs: 60_000,
      }),
    );
    upstream = `http://127.0.0.1:${port}`;
  });

  bothWays('is one app of several', (way) => {
    it('opens a notebook and runs its cell', async () => {
      const apps = [{ name: 'notes', kind: 'jupyter', at: '/x/', upstream, resource: 'marketing' }];
      await using gate = await startGateBy(way, await freePort(), { apps });
      const page = await newPage();
      await using _ = page.context();
      const refused: string[] = [];
      page.on('response', (response) => {
        if (response.status() >= 401 && response.status() <= 403) refused.push(response.url());
      });
      await openAs(page, 'mike', `${gate.origin}/x/lab/tree/hello.ipynb`);
      await runFirstCell(page);
      await page.getByText('The kernel says 42', { exact: true }).waitFor();
      expect(refused).toEqual([]);
    });
  });
});
