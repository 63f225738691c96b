import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callback, type Got, post, send, slot } from '../support/dash-sections/send.ts';
import { canaryOf, FOLDER, foreignTo, leaks, type Stage, stageSections } from '../support/dash-sections/stage.ts';
import { needs } from '../support/needs.ts';
import { program } from '../support/programs.ts';
import { startProgram } from '../support/start-program.ts';
import { startRedis } from '../support/start-redis.ts';
import { tempDir } from '../support/temp-dir.ts';

const WORKERS = 3;
const run = (name: string, value: unknown, query = '') =>
  post(callback(`${name}-result.children`, [slot(`${name}-run`, 'n_clicks', value)]), {
    path: `/_dash-update-component${query}`,
  });

describe.each(['diskcache', 'celery'] as const)('background jobs in %s', (kind) => {
  needs('dash4', 'redis')(`under gunicorn with ${WORKERS} workers`, () => {
    const closing = new AsyncDisposableStack();
    let stage: Stage;
    beforeAll(async () => {
      const place = async (): Promise<string> =>
        kind === 'celery' ? closing.use(await startRedis()).url : closing.use(await tempDir()).path;
      const env = { JOBS: kind, JOBS_AT: await place() };
      const python = program('dash4');
      if (kind === 'celery') {
        const args = [
          '-m',
          'celery',
          '-A',
          'app:celery',
          'worker',
          '--pool',
          'solo',
          '--without-gossip',
          '--without-mingle',
          '--loglevel',
          'info',
        ];
        closing.use(
          await startProgram(python, args, {
            cwd: FOLDER,
            env: { ...env, PYTHONDONTWRITEBYTECODE: '1' },
            ready: /ready\./,
          }),
        );
      }
      stage = closing.use(
        await stageSections('app:server', true, { python, env, more: ['--workers', String(WORKERS)] }),
      );
    });
    afterAll(() => closing.disposeAsync());

    it('come with progress and result to the session that began them, and to no other', async () => {
      const cookie = await stage.gate.signIn('mike');
      stage.gate.advance(5000);
      const other = await stage.gate.signIn('mike');
      const as = (who: string, sent: ReturnType<typeof run>): Promise<Got> =>
        send(stage.gate.port, { ...sent, headers: { ...sent.headers, Host: stage.gate.host, Cookie: who } });
      const begun = await as(cookie, run('marketing', 1));
      expect(begun.status).toBe(200);
      const { cacheKey, job } = JSON.parse(begun.body);
      const handles = `?cacheKey=${encodeURIComponent(cacheKey)}&job=${encodeURIComponent(job)}`;
      const seen: string[] = [];
      await expect
        .poll(
          async () => {
            const { body } = await as(cookie, run('marketing', null, handles));
            seen.push(body);
            return body;
          },
          { timeout: 20_000, interval: 50 },
        )
        .toContain(`ran 1: ${canaryOf('marketing')}`);
      expect(seen.join('')).toContain('marketing-progress');
      expect((await as(other, run('marketing', null, handles))).status).toBe(403);
      expect((await as(cookie, run('hr', 1))).status).toBe(403);
    });

    it('and whatever many users ask for at once, each gets what is theirs', async () => {
      const users = ['mike', 'hanna', 'nora', 'mica'] as const;
      for (const user of users) await stage.cookieOf(user);
      const note = (name: string) => post(callback(`${name}-note.children`, [slot(`${name}-roll`, 'n_clicks', 1)]));
      const asked = Array.from({ length: 40 }, async (_, i) => {
        const user = users[i % users.length] ?? 'mike';
        const all = [
          { path: '/_dash-layout' },
          { path: '/_dash-dependencies' },
          note('marketing'),
          note('hr'),
          note('home'),
        ];
        const got = await Promise.all(all.map((sent) => stage.guarded(user, sent)));
        for (const each of got) expect(leaks(each, foreignTo(user))).toEqual([]);
        const own = ['marketing', 'hr'].map((name) => (foreignTo(user).includes(name) ? 403 : 200));
        expect(got.map(({ status }) => status)).toEqual([200, 200, ...own, 200]);
      });
      await Promise.all(asked);
    });
  });
});
