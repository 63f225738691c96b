import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Chain, MICA, MIKE, startChain } from '../../interop/nginx-chain.ts';
import { needs } from '../needs.ts';
import type { Program } from '../programs.ts';
import { type Conversation, converse } from './conversation.ts';
import { type PathServer, SERVERS } from './start.ts';
import { GUARDED, targetsBelow } from './targets.ts';

/** Each target is sent by both ways. */
const RUNS = 1000;

/**
 * The promise about paths, held against what a real server makes of them: whatever a request target looks like, no part of a
 * site that is not for somebody answers them.
 */
export function pathSuite(name: keyof typeof SERVERS, ...programs: Program[]): void {
  needs('nginx', ...programs)(`every path that ${name} takes for a guarded one`, () => {
    const closing = new AsyncDisposableStack();
    let chain: Chain;
    let server: PathServer;
    let ways: Record<'proxy' | 'nginx', Conversation>;
    beforeAll(async () => {
      server = closing.use(await SERVERS[name]());
      const rules = `resources: ${JSON.stringify(GUARDED)}, open: ["/**"]`;
      const upstream = `http://127.0.0.1:${server.port}`;
      chain = closing.use(
        await startChain({
          apps: `
  - { name: kept, at: /kept/, upstream: "${upstream}", ${rules} }
  - { name: cut, at: /cut/, upstream: "${upstream}/", ${rules} }`,
        }),
      );
      ways = {
        proxy: closing.use(converse(chain.dir.file('public.sock'))),
        nginx: closing.use(converse(chain.port)),
      };
    });
    afterAll(() => closing.disposeAsync());

    const ask = (to: Conversation, target: string, who?: string) =>
      to.say([`GET ${target} HTTP/1.1`, `Host: ${chain.host}`, ...(who ? [who] : []), '', ''].join('\r\n'));
    const partOf = async (to: Conversation, target: string, who?: string): Promise<string | null> =>
      (await ask(to, target, who))?.headers.get('x-part') ?? null;

    it.each(['proxy', 'nginx'] as const)('is closed to who has no grant, by the way of %s', async (way) => {
      await fc.assert(
        fc.asyncProperty(targetsBelow(['/kept', '/cut']), async (target) => {
          const answer = await ask(ways[way], target, MIKE);
          expect([null, 'other']).toContain(answer?.headers.get('x-part') ?? null);
          expect([500, 502, 504]).not.toContain(answer?.status);
        }),
        { numRuns: RUNS },
      );
    });

    it('is one that a look at the target alone often misses, and that dashgate opens to who has the grant', async () => {
      using direct = converse(server.port);
      const targets = [...new Set(fc.sample(targetsBelow(['/kept']), { numRuns: 2 * RUNS, seed: 7 }))];
      let odd = 0;
      let opened = 0;
      for (const target of targets) {
        const part = await partOf(direct, target);
        if (part === null || part === 'other') continue;
        if (!/^\/kept\/(?:hr(?:\/|$)|reports\/[^/]*\.csv$|a%20b\/|%C3%BCber\/)/.test(target.split('?')[0] ?? '')) odd++;
        if ((await partOf(ways.proxy, target, MICA)) === part) opened++;
      }
      // Else the targets, or the rules, are not near any border.
      expect(odd).toBeGreaterThan(3);
      expect(opened).toBeGreaterThan(3);
    });

    it('is closed by all of its plain spellings, and open by them to who has the grant', async () => {
      for (const prefix of ['/kept', '/cut']) {
        for (const [path, part] of PLAIN) {
          for (const way of [ways.proxy, ways.nginx]) {
            const target = prefix + path;
            expect(await partOf(way, target, MICA), target).toBe(part);
            expect((await ask(way, target, MIKE))?.status, target).toBe(403);
            expect((await ask(way, target))?.status, target).toBe(401);
          }
        }
        expect(await partOf(ways.proxy, `${prefix}/open`, MIKE)).toBe('other');
        expect(await partOf(ways.nginx, `${prefix}/open`, MIKE)).toBe('other');
      }
    });
  });
}

const PLAIN = [
  ['/hr', 'hr'],
  ['/hr/x/y', 'hr'],
  ['/reports/q.csv', 'reports'],
  ['/a%20b/x', 'blank'],
  ['/%C3%BCber/x', 'umlaut'],
] as const;
