import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { send } from '../support/dash-sections/send.ts';
import { foreignTo, leaks, type Stage, stageSections } from '../support/dash-sections/stage.ts';
import { needs } from '../support/needs.ts';
import { bodyTricks, callbackTricks, pageTricks, pathTricks, type Trick } from './dash-tricks.ts';

/** Names stand in the table before the app is there: what depends on its hashes is made when it is. */
const NAMES = {
  callback: callbackTricks(() => 'x@x').map(({ name }) => name),
  body: bodyTricks().map(({ name }) => name),
  path: pathTricks().map(({ name }) => name),
  page: pageTricks().map(({ name }) => name),
};

needs('python')('what is somebody else’s stays unseen by whoever', () => {
  const closing = new AsyncDisposableStack();
  let tabs: Stage;
  let pages: Stage;
  let tricks: Record<keyof typeof NAMES, Trick[]>;
  beforeAll(async () => {
    [tabs, pages] = await Promise.all([
      stageSections(),
      stageSections('pages_app:server', { routes: { '/person': 'hr' } }),
    ]);
    closing.use(tabs);
    closing.use(pages);
    const declared: { output: string; inputs: { id: string }[] }[] = JSON.parse(
      (await tabs.bare({ path: '/_dash-dependencies' })).body,
    );
    const hashOf = (input: string): string =>
      declared.find(({ output, inputs }) => inputs[0]?.id === input && (!output.includes('.') || output.includes('@')))
        ?.output ?? '';
    tricks = { callback: callbackTricks(hashOf), body: bodyTricks(), path: pathTricks(), page: pageTricks() };
  });
  afterAll(() => closing.disposeAsync());

  describe.each(['callback', 'body', 'path', 'page'] as const)('%s:', (kind) => {
    it.each(NAMES[kind])('%s', async (name) => {
      const trick = tricks[kind].find((each) => each.name === name);
      if (!trick) throw new Error('a trick has lost its name');
      const { sent, bare, user = 'mike' } = trick;
      const stage = kind === 'page' ? pages : tabs;
      const foreign = foreignTo(user);
      const open = await stage.bare(sent);
      expect(leaks(open, foreign).length > 0 ? 'leaks' : 'harmless', open.bytes.slice(0, 600)).toBe(bare);
      const got = await stage.guarded(user, sent);
      expect(leaks(got, foreign), got.bytes.slice(0, 2000)).toEqual([]);
    });
  });

  it('counts a hundred tricks and more, and still serves', async () => {
    expect(Object.values(NAMES).flat().length).toBeGreaterThanOrEqual(100);
    expect((await tabs.guarded('mike', { path: '/_dash-layout' })).status).toBe(200);
    expect((await send(tabs.gate.admin, { path: '/healthz' })).status).toBe(200);
  });
});
