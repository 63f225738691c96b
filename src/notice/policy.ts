/** What a page of an app has to be allowed to load, on top of what its own policy says. */
export interface Wanted {
  readonly origin: string;
  /** Path of the script. */
  readonly script: string;
  /** Its hash as a source of a policy: `'sha256-…'`. */
  readonly hash: string;
  /** Path that the script asks. */
  readonly connect: string;
}

/** More than that no policy of an app is taken apart. */
const LONGEST = 16 * 1024;

/**
 * A `Content-Security-Policy` (CSP Level 3) that allows what it did, and one script and one address beside it, each by its whole
 * path. Only `script-src-elem` and `connect-src` are written, so that nothing else that falls back on the same list changes.
 * @returns `null` where there is no way to do that: the page is then left as it is
 */
export function allowing(header: string, wanted: Wanted): string | null {
  if (header.length > LONGEST) return null;
  // A comma begins another policy (RFC 9110 §5.3); all of them hold.
  const policies = header.split(',').map((policy) => allowIn(policy, wanted));
  return policies.every((policy) => policy !== null) ? policies.join(',') : null;
}

function allowIn(policy: string, { origin, script, hash, connect }: Wanted): string | null {
  const parts = policy.split(';');
  /** By name, and of several the first, which is the one that counts (CSP3 §2.2.1). */
  const lists = new Map<string, readonly string[]>();
  for (const part of parts) {
    const [name = '', ...sources] = part.trim().split(/\s+/);
    if (name !== '' && !lists.has(name.toLowerCase())) lists.set(name.toLowerCase(), sources);
  }
  // The script of a sandboxed page may neither ask for the session nor open the login page.
  if (lists.has('sandbox')) return null;
  const scripts = lists.get('script-src-elem') ?? lists.get('script-src') ?? lists.get('default-src');
  const connects = lists.get('connect-src') ?? lists.get('default-src');
  let changed = parts.join(';');
  const write = (name: string, sources: readonly string[], more: string): void => {
    const list = [...sources.filter((source) => source.toLowerCase() !== "'none'"), more].join(' ');
    changed = lists.has(name)
      ? changed.replace(new RegExp(`((?:^|;)\\s*${name})(?![\\w-])[^;]*`, 'i'), (_, head: string) => `${head} ${list}`)
      : `${changed.replace(/[\s;]*$/, '')}; ${name} ${list}`;
  };
  if (scripts && !allows(scripts, origin)) {
    // With 'strict-dynamic' addresses count for nothing, and elsewhere a hash would switch 'unsafe-inline' off.
    write('script-src-elem', scripts, isStrict(scripts) ? hash : origin + script);
  }
  if (connects && !allows(connects, origin)) write('connect-src', connects, origin + connect);
  return changed;
}

const isStrict = (sources: readonly string[]): boolean =>
  sources.some((source) => source.toLowerCase() === "'strict-dynamic'");

/** Whether a list allows all of the page's own origin. What it may allow in other ways is allowed once more. */
const allows = (sources: readonly string[], origin: string): boolean =>
  !isStrict(sources) &&
  sources.some((source) =>
    ["'self'", '*', origin, origin.slice(0, origin.indexOf(':') + 1)].includes(source.toLowerCase()),
  );
