import { describe, expect, it } from 'vitest';
import { callback, post, slot } from '../support/dash-sections/send.ts';
import { canaryOf, leaks, type StageOptions, stageSections } from '../support/dash-sections/stage.ts';
import { needs } from '../support/needs.ts';
import { type Program, program } from '../support/programs.ts';

/** What gunicorn needs for an app that is no WSGI. */
const ASGI = ['--worker-class', 'uvicorn_worker.UvicornWorker'];

/** What the examples pin, and what else is in use: each in an environment of its own. */
const VERSIONS: [string, Program, Omit<StageOptions, 'python'>][] = [
  ['Dash 4', 'python', {}],
  ['Dash 3', 'dash3', {}],
  ['Dash 2', 'dash2', {}],
  ['Dash 4 with two workers', 'dash4', { more: ['--workers', '2'] }],
  ['Dash 4 on FastAPI', 'dash4', { env: { BACKEND: 'fastapi' }, more: ASGI }],
  ['Dash 4 on Quart', 'dash4', { env: { BACKEND: 'quart' }, more: ASGI }],
];

describe.each(VERSIONS)('%s', (_name, environment, options) => {
  needs(environment)('sections', () => {
    it('are told apart in layout, dependencies, page and callbacks', async () => {
      await using stage = await stageSections('app:server', true, { ...options, python: program(environment) });
      expect(leaks(await stage.bare({ path: '/_dash-layout' }), ['hr'])).toEqual(['hr']);
      for (const path of ['/', '/_dash-layout', '/_dash-dependencies']) {
        const got = await stage.guarded('mike', { path });
        expect([path, got.status, leaks(got, ['hr'])]).toEqual([path, 200, []]);
      }
      const note = (name: string) => post(callback(`${name}-note.children`, [slot(`${name}-roll`, 'n_clicks', 1)]));
      expect(leaks(await stage.bare(note('hr')), ['hr'])).toEqual(['hr']);
      const own = await stage.guarded('mike', note('marketing'));
      expect([own.status, own.body]).toEqual([200, expect.stringContaining(canaryOf('marketing'))]);
      expect((await stage.guarded('mike', note('hr'))).status).toBe(403);
      const any = await stage.guarded('mike', post(callback('any-result.children', [slot('any', 'n_clicks', 1)])));
      expect([any.status, leaks(any, ['hr', 'marketing'])]).toEqual([200, ['marketing']]);
    });
  });
});
