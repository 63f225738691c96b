import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { callback, post, slot } from '../support/dash-sections/send.ts';
import { canaryOf, leaks, type StageOptions, stageSections } from '../support/dash-sections/stage.ts';
import { needs } from '../support/needs.ts';

const CACHE = join(import.meta.dirname, '../../.cache');
const python = (name: string): string => join(CACHE, name, 'bin/python');

/**
 * The version that the examples pin, and those for which somebody made an environment:
 * `python3 -m venv .cache/venv-dash2 && .cache/venv-dash2/bin/pip install dash==2.18.2 gunicorn setuptools`, likewise
 * `venv-dash3` with dash==3.2.0, and `venv-fastapi` with `dash[fastapi]==4.4.1`, uvicorn and gunicorn.
 */
const VERSIONS: [string, StageOptions][] = [
  ['Dash 4', {}],
  ['Dash 3', { python: python('venv-dash3') }],
  ['Dash 2', { python: python('venv-dash2') }],
  [
    'Dash 4 on FastAPI',
    {
      python: python('venv-fastapi'),
      env: { BACKEND: 'fastapi' },
      more: ['--worker-class', 'uvicorn_worker.UvicornWorker'],
    },
  ],
];
const here = VERSIONS.filter(([, { python }]) => python === undefined || existsSync(python));

needs('python')('sections', () => {
  describe.each(here)('of %s', (_name, options) => {
    it('are told apart in layout, dependencies, page and callbacks', async () => {
      await using stage = await stageSections('app:server', true, options);
      expect(leaks(await stage.bare({ path: '/_dash-layout' }), ['hr'])).toEqual(['hr']);
      for (const path of ['/', '/_dash-layout', '/_dash-dependencies']) {
        const got = await stage.guarded('mike', { path });
        expect([path, got.status, leaks(got, ['hr'])]).toEqual([path, 200, []]);
        expect(got.body).not.toContain('_dash-ws-callback');
      }
      const note = (name: string) => post(callback(`${name}-note.children`, [slot(`${name}-roll`, 'n_clicks', 1)]));
      expect(leaks(await stage.bare(note('hr')), ['hr'])).toEqual(['hr']);
      const own = await stage.guarded('mike', note('marketing'));
      expect([own.status, own.body]).toEqual([200, expect.stringContaining(canaryOf('marketing'))]);
      expect((await stage.guarded('mike', note('hr'))).status).toBe(403);
      const any = await stage.guarded('mike', post(callback('any-result.children', [slot('any', 'n_clicks', 1)])));
      expect([any.status, leaks(any, ['hr', 'marketing'])]).toEqual([200, ['marketing']]);
      const upgrade = {
        Connection: 'Upgrade',
        Upgrade: 'websocket',
        'Sec-WebSocket-Version': '13',
        'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==',
      };
      const socket = await stage.guarded('mike', {
        path: '/_dash-ws-callback',
        headers: { ...upgrade, Origin: stage.gate.origin },
      });
      expect(socket.status).toBe(403);
    });
  });
});
