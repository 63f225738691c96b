import { afterAll, beforeAll, expect, it } from 'vitest';
import { callback, type Got, post, send, slot } from '../support/dash-sections/send.ts';
import { leaks, type Stage, stageSections } from '../support/dash-sections/stage.ts';
import { needs } from '../support/needs.ts';

needs('python')('a background job is its own session’s', () => {
  let stage: Stage;
  let first: string;
  let second: string;
  beforeAll(async () => {
    stage = await stageSections();
    first = await stage.gate.signIn('mike');
    second = await stage.gate.signIn('mike');
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  const run = (name: string, value: unknown, query: string, cancel = false) =>
    post(
      callback(`${name}-${cancel ? 'cancel.id' : 'result.children'}`, [
        slot(`${name}-${cancel ? 'cancel' : 'run'}`, 'n_clicks', value),
      ]),
      {
        path: `/_dash-update-component${query}`,
      },
    );
  const as = (cookie: string, sent: ReturnType<typeof run>): Promise<Got> =>
    send(stage.gate.port, { ...sent, headers: { ...sent.headers, Host: stage.gate.host, Cookie: cookie } });
  const handles = (got: Got): { cacheKey: string; job: string } => JSON.parse(got.body);
  const asQuery = ({ cacheKey, job }: { cacheKey: string; job: string }): string => `?cacheKey=${cacheKey}&job=${job}`;

  it('whoever began it hears of its progress and gets its result', async () => {
    const begun = handles(await as(first, run('marketing', 1, '')));
    await expect
      .poll(async () => (await as(first, run('marketing', null, asQuery(begun)))).body, {
        timeout: 10_000,
        interval: 60,
      })
      .toContain('"response"');
  });

  it('another session of the same user does not', async () => {
    const begun = handles(await as(first, run('marketing', 2, '')));
    expect((await as(second, run('marketing', null, asQuery(begun)))).status).toBe(403);
    expect((await as(second, run('marketing', 1, `?cancelJob=${begun.job}`))).status).toBe(403);
    expect((await as(second, run('marketing', 1, `?oldJob=${begun.job}`))).status).toBe(403);
    expect((await as(first, run('marketing', 1, `?oldJob=${begun.job}`))).status).toBe(200);
  });

  it('the result of another section cannot be had by its key: the bare app hands it out', async () => {
    const others = handles(await stage.guarded('mica', run('hr', 1, '')));
    const asked = run('marketing', null, asQuery(others));
    expect((await stage.guarded('mike', asked)).status).toBe(403);
    await expect
      .poll(async () => leaks(await stage.bare(asked), ['hr']), { timeout: 10_000, interval: 60 })
      .toEqual(['hr']);
  });

  it.each(['?cacheKey=x', '?job=1', '?job=1~x', '?cacheKey=', '?job', '?other=1', '?endId=a&endId=b', '?job=%zz'])(
    'a query of %s is refused',
    async (query) => {
      expect((await as(first, run('marketing', 1, query))).status).toBe(403);
    },
  );
});
