import { expect, it } from 'vitest';
import { openAs } from '../flows/page.ts';
import { freePort } from '../support/free-port.ts';
import { PASSWORDS, userLine } from '../support/gate.ts';
import { needs } from '../support/needs.ts';
import { startDashboard } from '../support/start-dashboard.ts';
import { suiteBrowser } from '../support/suite-browser.ts';
import { bothWays, startGateBy } from '../support/ways.ts';

// What docs/identity.md says of identity_headers, each with the real dashboard, which is not changed.

const STREAMLIT = {
  STREAMLIT_SERVER_TRUSTED_USER_HEADERS: '{"X-Forwarded-User":"name","X-My-Email":"email","X-My-Sections":"sections"}',
};

needs('dashboards', 'chromium')('dashboards that know a header', () => {
  const { newPage } = suiteBrowser();

  bothWays('tell their app who is there', (way) => {
    it.each([
      {
        ...{ kind: 'shiny_user' as const, names: ['shiny'], env: {} },
        who: { user: 'mike', groups: ['sales', 'Öl und Gas'] },
      },
      {
        kind: 'streamlit_user' as const,
        names: ['forwarded', { email: 'X-My-Email', resources: 'X-My-Sections' }],
        env: STREAMLIT,
        who: { name: 'mike', email: 'mike@example.com', sections: 'marketing' },
      },
    ])('$kind', async ({ kind, names, env, who }) => {
      const mike = await userLine('mike', PASSWORDS.mike, ['marketing']);
      await using app = await startDashboard(kind, env);
      await using gate = await startGateBy(way, await freePort(), {
        apps: [{ name: 'report', at: '/', upstream: app.origin, identity: [], identity_headers: names }],
        users: `users:\n${mike.replace('}', ', groups: [sales, "Öl und Gas"] }')}`,
      });
      const page = await newPage({
        // A page can send no such thing by itself, and a program can.
        extraHTTPHeaders: { 'X-My-Email': 'ceo@example.com', 'Shiny-Server-Credentials': '{"user":"ceo"}' },
      });
      await using _ = page.context();
      await openAs(page, 'mike', `${gate.origin}/`);
      const said = await page.getByText(/^WHO /).textContent();
      expect(JSON.parse((said ?? '').replace(/^WHO /, ''))).toMatchObject(who);
    });
  });
});
