import { compileForReading, type PathMatcher, type PatternOptions, readingsOf, trimSlash } from './path-pattern.ts';

interface Entry<T> {
  /** Which of the patterns it is. */
  readonly at: number;
  readonly value: T;
  readonly matches: PathMatcher;
}

interface Node<T> {
  readonly below: Map<string, Node<T>>;
  /** Patterns whose plain segments lead here, in the order given. */
  readonly entries: Entry<T>[];
}

/**
 * Patterns by the plain segments that they begin with, so that a path is compared with those few whose beginning it has, however
 * many there are. Finds just what `compilePattern` would find one by one.
 * @returns the values of the patterns that match, in the order given; one whose two patterns match comes twice
 */
export function createPathIndex<T>(
  patterns: Iterable<readonly [pattern: string, value: T]>,
  options: PatternOptions,
): (decodedPath: string) => readonly T[] {
  const root: Node<T> = { below: new Map(), entries: [] };
  let count = 0;
  for (const [pattern, value] of patterns) {
    let node = root;
    for (const segment of segmentsOf(options.ignoreCase ? pattern.toLowerCase() : pattern, options)) {
      if (segment.includes('*')) break;
      const next = node.below.get(segment) ?? { below: new Map(), entries: [] };
      node.below.set(segment, next);
      node = next;
    }
    node.entries.push({ at: count++, value, matches: compileForReading(pattern, options) });
  }
  if (count === 0) return () => [];
  return (decodedPath) => {
    const found = new Set<Entry<T>>();
    const readings = options.ignoreCase ? readingsOf(decodedPath) : [decodedPath];
    for (const reading of readings) {
      let node: Node<T> | undefined = root;
      const segments = segmentsOf(reading, options);
      for (let depth = 0; node; depth++) {
        for (const entry of node.entries) if (!found.has(entry) && entry.matches(reading)) found.add(entry);
        const segment: string | undefined = segments[depth];
        node = segment === undefined ? undefined : node.below.get(segment);
      }
    }
    return [...found].sort((one, other) => one.at - other.at).map(({ value }) => value);
  };
}

const segmentsOf = (path: string, { ignoreCase }: PatternOptions): readonly string[] =>
  (ignoreCase ? trimSlash(path) : path).split('/');
