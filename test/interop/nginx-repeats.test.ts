import { expect, it } from 'vitest';
import { curl } from '../support/curl.ts';
import { needs } from '../support/needs.ts';
import { countParsed } from '../support/parsed.ts';
import { MICA, MIKE, startChain } from './nginx-chain.ts';

needs('nginx', 'curl')('the questions of an nginx as init nginx prints it', () => {
  it('are alike but for their ids, so that those asked before are not read again', async () => {
    await using chain = await startChain();
    const ask = async (path: string, who: string): Promise<number> =>
      (await curl('-H', who, `http://${chain.host}/kept/${path}`)).status;
    for (const [path, who] of [
      ['x', MICA],
      ['hr', MICA],
      ['x', MIKE],
      ['open', 'A: b'],
    ] as const) {
      expect(await ask(path, who)).toBe(200);
      expect(await countParsed(() => ask(path, who))).toBe(0);
      expect(await countParsed(() => ask(path, who))).toBe(0);
    }
    expect(await ask('hr', MIKE)).toBe(403);
    expect(chain.dashboard.seen.slice(0, 3).map(({ headers }) => headers.get('x-dashgate-user'))).toEqual([
      'mica',
      'mica',
      'mica',
    ]);
  });
});
