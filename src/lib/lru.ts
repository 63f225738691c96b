import { LRUCache } from 'lru-cache';

type Options<V extends object | string | number | true> = Pick<LRUCache.Options<string, V, unknown>, 'dispose'>;

/**
 * The newest of what was put in, by when it was used last. It takes memory for what it holds: given a `max`, the library
 * sets room for that many aside at once, which for all our caches came to 5 MB and 10 ms of every start.
 * @param most - so many are held
 */
export const newest = <V extends object | string | number | true>(
  most: number,
  options: Options<V> = {},
): LRUCache<string, V> => new LRUCache({ maxSize: most, sizeCalculation: () => 1, ...options });
