import type { Request } from 'playwright-core';
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
    it('runs a cell by the websocket of its kernel, until the session ends: then that is cut, and Lab gets 401', async () => {
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

    it('asks for nothing by a timer that dashgate would take for somebody who uses it', async () => {
      const page = await stage().open('mica', '/lab');
      const ofLayout = (request: Request): boolean =>
        request.method() === 'PUT' && /\/workspaces\//.test(request.url());
      // Every ten seconds, and once while it starts: what comes between two of them is what comes by a timer.
      for (const _ of [1, 2]) await page.waitForRequest(ofLayout);
      const asked: [method: string, path: string][] = [];
      page.on('request', (request) => {
        if (request.resourceType() === 'fetch') asked.push([request.method(), new URL(request.url()).pathname]);
      });
      await page.waitForRequest(ofLayout);
      expect(asked.map(([, path]) => path)).toEqual(expect.arrayContaining(['/api/terminals', '/api/contents']));
      const { isPoll } = kindOf({ kind: 'jupyter' });
      expect(asked.filter(([method, path]) => !isPoll(method, path))).toEqual([]);
    });

    it('refuses who comes past dashgate without a name', async () => {
      const { status } = await fetch(`${stage().example.upstream}/api/contents`);
      expect(status).toBe(403);
    });
  },
);
