import { createHmac, randomBytes } from 'node:crypto';
import { StoreUnavailable } from '../../errors.ts';
import type { Keys } from './keys.ts';
import type { Link } from './link.ts';
import { asList, asTexts } from './replies.ts';

const MARK_BYTES = 8;
const MOST_AT_ONCE = 500;

type Proof = readonly [sub: string, proof: string];

interface Waiting {
  readonly proofs: ReadonlyMap<string, string>;
  readonly atSec: number;
  /** Nothing of this source was noted here before: what was at the last time stands in Redis. */
  readonly isFirst: boolean;
}

/** What subjects prove themselves by, as HMACs under a key that stands beside them. What is to be noted waits for Redis. */
export interface RedisProofs {
  /** @returns whose proof is another than this process knew, or who is gone since */
  note(source: string, proofs: Iterable<Proof>, atSec: number): string[];
  isWaiting(): boolean;
  /**
   * Writes what waits.
   * @returns whose proof is another than stood there. As long as there are such, theirs are not written: end their sessions,
   * and write again
   */
  write(link: Pick<Link, 'ask'>): Promise<{ sub: string; atSec: number }[]>;
}

export function createRedisProofs(keys: Keys): RedisProofs {
  const noted = new Map<string, ReadonlyMap<string, string>>();
  const waiting = new Map<string, Waiting>();

  const readSecret = async (link: Pick<Link, 'ask'>): Promise<Buffer> => {
    await link.ask(['SET', keys.secret, randomBytes(32).toString('base64url'), 'NX']);
    const text = await link.ask(['GET', keys.secret]);
    if (typeof text !== 'string' || text.length !== 43) throw new StoreUnavailable('Redis answers garbage');
    return Buffer.from(text, 'base64url');
  };

  const writeOne = async (
    link: Pick<Link, 'ask'>,
    secret: Buffer,
    source: string,
    { proofs, isFirst }: Waiting,
  ): Promise<string[]> => {
    const key = keys.proofs(source);
    const marks = await readHash(link, key);
    const now = new Map([...proofs].map((proof) => [proof[0], markOf(secret, proof)]));
    const fresh = [...now].filter(([sub, mark]) => marks.get(sub) !== mark);
    const gone = [...marks.keys()].filter((sub) => !now.has(sub));
    const differing = [...fresh.flatMap(([sub]) => (marks.has(sub) ? [sub] : [])), ...gone];
    if (isFirst && differing.length > 0) return differing;
    for (let at = 0; at < gone.length; at += MOST_AT_ONCE)
      await link.ask(['HDEL', key, ...gone.slice(at, at + MOST_AT_ONCE)]);
    for (let at = 0; at < fresh.length; at += MOST_AT_ONCE)
      await link.ask(['HSET', key, ...fresh.slice(at, at + MOST_AT_ONCE).flat()]);
    return [];
  };

  return {
    note(source, given, atSec) {
      const proofs = new Map(given);
      const own = noted.get(source);
      noted.set(source, proofs);
      const before = waiting.get(source);
      waiting.set(source, { proofs, atSec, isFirst: before?.isFirst ?? own === undefined });
      if (!own) return [];
      return [...own].filter(([sub, proof]) => proofs.get(sub) !== proof).map(([sub]) => sub);
    },
    isWaiting: () => waiting.size > 0,
    async write(link) {
      if (waiting.size === 0) return [];
      const secret = await readSecret(link);
      const found: { sub: string; atSec: number }[] = [];
      for (const [source, each] of waiting) {
        const differing = await writeOne(link, secret, source, each);
        for (const sub of differing) found.push({ sub, atSec: each.atSec });
        if (waiting.get(source) !== each) continue;
        // Once they are ended, the same may be written.
        if (differing.length > 0) waiting.set(source, { ...each, isFirst: false });
        else waiting.delete(source);
      }
      return found;
    },
  };
}

const markOf = (secret: Buffer, [sub, proof]: Proof): string =>
  createHmac('sha256', secret)
    .update(`${Buffer.byteLength(sub)}:${sub}${proof}`)
    .digest()
    .subarray(0, MARK_BYTES)
    .toString('base64url');

async function readHash(link: Pick<Link, 'ask'>, key: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  let cursor = '0';
  do {
    const [next, part] = asList(await link.ask(['HSCAN', key, cursor, 'COUNT', '1000']));
    const texts = asTexts(part);
    for (let at = 0; at + 1 < texts.length; at += 2) found.set(texts[at] ?? '', texts[at + 1] ?? '');
    cursor = String(next);
  } while (cursor !== '0');
  return found;
}
