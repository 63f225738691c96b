/** Whether a decoded path is meant. Runs in time linear in the path for each segment of the pattern. */
export type PathMatcher = (decodedPath: string) => boolean;

export interface PatternOptions {
  /** A rule that guards matches without regard to case, one that opens a path does not: each errs towards refusing. */
  readonly ignoreCase: boolean;
}

/**
 * Compiles `/hr`, `/hr/*` (one segment) or `/hr/**` (any number, `/hr/` too). A final slash, and
 * blanks and dots around a segment, make no difference to a guarding rule, as servers disagree about them. Within a segment `*` stands for any run of characters.
 */
export function compilePattern(pattern: string, options: PatternOptions): PathMatcher {
  const matches = compileForReading(pattern, options);
  return options.ignoreCase ? (path) => readingsOf(path).some(matches) : matches;
}

/** The same for one reading of a path, where the caller has {@link readingsOf} it. */
export function compileForReading(pattern: string, { ignoreCase }: PatternOptions): PathMatcher {
  const wanted = (ignoreCase ? trimSlash(pattern.toLowerCase()) : pattern).split('/').map(compileSegment);
  return (reading) => matchSegments(wanted, (ignoreCase ? trimSlash(reading) : reading).split('/'));
}

/** A final slash makes no difference to a guarding rule. */
export const trimSlash = (path: string): string => (path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path);

/**
 * What servers may take a decoded path for, in lower case: itself, and without the blanks and dots around its segments, as
 * `/hr.` and `/hr%20` are `/hr` to a server on Windows, and to whoever trims what they read.
 */
export function readingsOf(decodedPath: string): readonly string[] {
  const lower = decodedPath.toLowerCase();
  if (!BLURRED.test(lower)) return [lower];
  const [first = '', ...segments] = lower.split('/');
  return [lower, [trimEnd(first), ...segments.map((segment) => trimEnd(segment.trimStart()))].join('/')];
}
const BLURRED = /[\s.](?:\/|$)|\/\s/;

/** Without the blanks and dots at its end. By hand, as an expression would try each run of them from each of its places. */
function trimEnd(segment: string): string {
  let end = segment.length;
  while (end > 0 && /[\s.]/.test(segment.charAt(end - 1))) end--;
  return segment.slice(0, end);
}

type Segment = '**' | ((segment: string) => boolean);

function compileSegment(segment: string): Segment {
  if (segment === '**') return '**';
  const parts = segment.split(/\*+/);
  const [head = '', ...rest] = parts;
  const tail = rest.pop();
  if (tail === undefined) return (text) => text === head;
  return (text) => {
    if (text.length < head.length + tail.length || !text.startsWith(head) || !text.endsWith(tail)) return false;
    let from = head.length;
    for (const part of rest) {
      const found = text.indexOf(part, from);
      if (found < 0) return false;
      from = found + part.length;
    }
    return from <= text.length - tail.length;
  };
}

/** The classic greedy walk with one point to return to: the last `**`. */
function matchSegments(wanted: readonly Segment[], segments: readonly string[]): boolean {
  let w = 0;
  let s = 0;
  let star = -1;
  let resume = 0;
  while (s < segments.length) {
    const segment = wanted[w];
    if (segment === '**') {
      star = w++;
      resume = s;
    } else if (segment?.(segments[s] as string)) {
      w++;
      s++;
    } else if (star >= 0) {
      w = star + 1;
      s = ++resume;
    } else return false;
  }
  while (wanted[w] === '**') w++;
  return w === wanted.length;
}
