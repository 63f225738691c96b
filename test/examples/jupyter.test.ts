import { expect, it } from 'vitest';
import { kindOf } from '../../src/apps/kinds.ts';
import { LAB_AS_ROOT, runFirstCell } from '../support/lab.ts';
import { says } from './in-chromium.ts';
import { saysWho } from './says-who.ts';

saysWho(
  {
    name: 'jupyter',
    needs: 'dashboards',
    ready: /Jupyter Server \S+ is running at/,
    home: LAB_AS_ROOT,
    path: '/api/me',
    greeting: (name) => new RegExp(`"username": "${name}"`),
    forged: { headers: { 'X-Forwarded-User': 'ceo' }, cookies: { username: 'ceo' } },
    believed: 'ceo',
  },
  (stage) => {
    it('runs a cell by the websocket of its kernel, until the session ends: then that is cut, and Lab gets 401', {
      timeout: 120_000,
    }, async () => {
      const { example, open } = stage();
      const page = await open('mica', '/lab/tree/hello.ipynb');
      const socket = await runFirstCell(page);
      await says(page, 'The kernel says 42');

      const cut = socket.waitForEvent('close');
      const refused = page.waitForResponse((response) => /\/api\//.test(response.url()) && response.status() === 401);
      const other = await page.context().newPage();
      await other.goto(`${example.origin}/_dashgate/logout`);
      await other.getByRole('button', { name: 'Sign out', exact: true }).click();
      await cut;
      expect(await (await refused).json()).toHaveProperty('error');
    });

    it('asks for nothing by a timer that dashgate would take for somebody who uses it', {
      timeout: 120_000,
    }, async () => {
      const page = await stage().open('mica', '/lab');
      await page.waitForLoadState('networkidle');
      const asked: [method: string, path: string][] = [];
      page.on('request', (request) => {
        if (request.resourceType() === 'fetch') asked.push([request.method(), new URL(request.url()).pathname]);
      });
      // Each comes every ten seconds: what opening the page asks for is done when they have come once.
      const timed = ['GET /api/terminals', 'GET /api/contents', 'PUT /lab/api/workspaces/default'];
      const lines = () => asked.map((each) => each.join(' '));
      for (const round of [1, 2]) {
        if (round === 2) asked.length = 0;
        await expect.poll(lines, { timeout: 50_000 }).toEqual(expect.arrayContaining(timed));
      }
      const { isPoll } = kindOf({ kind: 'jupyter' });
      expect(asked.filter(([method, path]) => !isPoll(method, path))).toEqual([]);
    });

    it('refuses who comes past dashgate without a name', async () => {
      const { status } = await fetch(`${stage().example.upstream}/api/contents`);
      expect(status).toBe(403);
    });
  },
);
