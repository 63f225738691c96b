import { describe, expect, it } from 'vitest';
import { callback, post, slot } from '../support/dash-sections/send.ts';
import { canaryOf, leaks, stageSections } from '../support/dash-sections/stage.ts';
import { needs } from '../support/needs.ts';

const env = (requests: string, routes: string) => ({
  DASH_REQUESTS_PATHNAME_PREFIX: requests,
  DASH_ROUTES_PATHNAME_PREFIX: routes,
});

/** Every way in which a prefix can be shared out between Dash and what stands in front of it. */
const FORMS = [
  ['at the root', '/', '', env('/', '/'), '/'],
  ['below a prefix that Dash knows', '/iam/', '', env('/iam/', '/iam/'), '/iam/'],
  ['below a prefix that is taken away', '/iam/', '/', env('/iam/', '/'), '/iam/'],
  ['below a prefix that becomes another', '/iam/', '/inner/', env('/iam/', '/inner/'), '/iam/'],
  ['below a prefix of its own, in an app at the root', '/', '', env('/iam/', '/iam/'), '/iam/'],
  ['below a prefix of its own, within one that is taken away', '/x/', '/', env('/x/iam/', '/iam/'), '/x/iam/'],
  ['below a prefix of its own, within one that it knows', '/x/', '', env('/x/iam/', '/x/iam/'), '/x/iam/'],
  ['below a prefix that is spelt like a section', '/hr/', '', env('/hr/', '/hr/'), '/hr/'],
] as const;

needs('python')('sections of a Dash app', () => {
  describe.each(FORMS)('%s', (_name, at, upstreamPath, variables, prefix) => {
    it('are told apart in pages, callbacks and paths', async () => {
      await using stage = await stageSections(
        'pages_app:server',
        { routes: { '/people': 'hr' } },
        { at, upstreamPath, env: variables },
      );
      // Before anything else is known of the app.
      expect((await stage.guarded('mike', { path: `${prefix}hr` })).status).toBe(403);
      const toPage = (pathname: string) =>
        post(
          callback('.._pages_content.children..._pages_store.data..', [
            slot('_pages_location', 'pathname', pathname),
            slot('_pages_location', 'search', ''),
          ]),
          { path: `${prefix}_dash-update-component` },
        );
      for (const path of [prefix, `${prefix}_dash-layout`, `${prefix}_dash-dependencies`]) {
        const got = await stage.guarded('mike', { path });
        expect([got.status, leaks(got, ['hr'])]).toEqual([200, []]);
      }
      const turned = await stage.guarded('mike', toPage(`${prefix}marketing`));
      expect([turned.status, turned.body]).toEqual([200, expect.stringContaining(canaryOf('marketing'))]);
      for (const pathname of [`${prefix}hr`, `${prefix}hr/`, '//hr', '/hr']) {
        const refused = await stage.guarded('mike', toPage(pathname));
        expect(leaks(refused, ['hr']), pathname).toEqual([]);
        // A prefix by the name of a section is no page of it.
        if (prefix !== '/hr/' || pathname.startsWith(`${prefix}hr`)) expect(refused.status, pathname).toBe(403);
      }
      for (const path of ['hr', 'hr/', 'HR', 'people']) {
        expect((await stage.guarded('mike', { path: `${prefix}${path}` })).status, path).toBe(403);
      }
      expect((await stage.guarded('mike', { path: `${prefix}marketing` })).status).toBe(200);
      // Below a page that is everybody's a name means nothing, once it is known where the app is.
      expect((await stage.guarded('mike', { path: `${prefix}reports/hr` })).status).toBe(200);
    });
  });
});
