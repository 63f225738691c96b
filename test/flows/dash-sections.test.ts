import { afterAll, beforeAll, expect, it } from 'vitest';
import { callback, post, slot } from '../support/dash-sections/send.ts';
import { canaryOf, leaks, type Stage, stageSections } from '../support/dash-sections/stage.ts';
import { needs } from '../support/needs.ts';

needs('python')('sections of a Dash app that knows nothing of them', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await stageSections();
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  it('shows mica everything, byte for byte as the app wrote it', async () => {
    for (const path of ['/_dash-layout', '/_dash-dependencies']) {
      expect((await stage.guarded('mica', { path })).body).toBe((await stage.bare({ path })).body);
    }
  });

  it('shows mike what is marketing’s and what is everybody’s, and nothing of hr', async () => {
    for (const path of ['/', '/_dash-layout', '/_dash-dependencies']) {
      const got = await stage.guarded('mike', { path });
      expect(got.status).toBe(200);
      expect(leaks(got, ['hr'])).toEqual([]);
      expect(got.headers['cache-control']).toContain('no-store');
    }
    const { body } = await stage.guarded('mike', { path: '/_dash-layout' });
    expect(body).toContain(canaryOf('marketing'));
    expect(body).toContain('"search"');
  });

  it('brings mike every script of the page, byte for byte', async () => {
    const { body } = await stage.guarded('mike', { path: '/' });
    const scripts = [...body.matchAll(/<script src="([^"]+)"/g)].map(([, path = '']) => path);
    expect(scripts.length).toBeGreaterThan(5);
    for (const path of [...scripts, '/_favicon.ico']) {
      const [got, open] = [await stage.guarded('mike', { path }), await stage.bare({ path })];
      expect([path, got.status, got.body === open.body]).toEqual([path, 200, true]);
    }
  });

  it('lets a callback of marketing through, with its answer', async () => {
    const got = await stage.guarded(
      'mike',
      post(
        callback('..marketing-plot.figure...marketing-total.children..', [slot('marketing-channel', 'value', 'all')], {
          state: [slot('marketing-store', 'data', null)],
        }),
      ),
    );
    expect([got.status, got.body]).toEqual([200, expect.stringContaining(`all ${canaryOf('marketing')}`)]);
  });

  it('refuses a callback of hr, and says nothing of it', async () => {
    const got = await stage.guarded('mike', post(callback('hr-note.children', [slot('hr-roll', 'n_clicks', 1)])));
    expect([got.status, JSON.parse(got.body)]).toEqual([
      403,
      { error: expect.any(String), reason: 'section-not-granted', missing: [] },
    ]);
  });

  it('tells the log once which ids are nobody’s, with what to do', async () => {
    const line = await stage.gate.logged(
      /ids that belong to no section.*tab-content|ids that belong to no section.*kept/,
    );
    expect(JSON.parse(line)).toMatchObject({
      level: 'warn',
      app: 'sales',
      beginnings: expect.stringMatching(/\bsearch\b/),
      advice: expect.stringContaining('dashgate check --app sales'),
    });
    await stage.guarded('mike', { path: '/_dash-layout' });
    const said = stage.gate.logText().match(/"beginnings":"[^"]*\bsearch\b/g);
    expect(said).toHaveLength(1);
  });
});
