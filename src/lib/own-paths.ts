/** Everything of dashgate's own is below it, where the configuration names no other. */
export const DEFAULT_PREFIX = '/_dashgate';

/** Where dashgate's own pages and APIs are, at every host that leads to it; nothing of that reaches an upstream. */
export interface OwnPaths {
  /** Begins with a slash, and has none at its end. */
  readonly prefix: string;
  readonly login: string;
  readonly logout: string;
  /** Who is there, and until when. */
  readonly session: string;
  readonly sessions: string;
  readonly tokens: string;
  readonly handoff: string;
  /** Where frames in pages of other applications are signed in; below it is what they ask. */
  readonly embed: string;
  /** The public keys of assertions. */
  readonly keys: string;
  readonly impersonate: string;
  /** Where a window that was opened to sign in ends. */
  readonly signedIn: string;
  /** Where fronts ask, on the check listener alone. `envoy` ends with a slash: the app's name and the path follow. */
  readonly check: { readonly nginx: string; readonly forward: string; readonly envoy: string; readonly refuse: string };
  provider(id: string, what: 'start' | 'callback'): string;
  asset(name: string): string;
  /**
   * Whether a raw path is the prefix or below it, in any case. What spells it in another way has no canonical form and is
   * refused as a target, so that nothing below it reaches an upstream.
   */
  has(path: string): boolean;
}

/** @param prefix - lower-cased, of characters that a path may not have percent-encoded */
export function createOwnPaths(prefix: string): OwnPaths {
  const below = `${prefix}/`;
  const at = (name: string): string => below + name;
  return {
    prefix,
    login: at('login'),
    logout: at('logout'),
    session: at('session'),
    sessions: at('sessions'),
    tokens: at('tokens'),
    handoff: at('handoff'),
    embed: at('embed'),
    keys: at('jwks.json'),
    impersonate: at('impersonate'),
    signedIn: at('signed-in'),
    check: {
      nginx: at('auth/nginx'),
      forward: at('auth/forward'),
      envoy: at('auth/envoy/'),
      refuse: at('auth/refuse'),
    },
    provider: (id, what) => at(`oauth/${id}/${what}`),
    asset: (name) => at(`assets/${name}`),
    has(path) {
      const lower = path.toLowerCase();
      return lower === prefix || lower.startsWith(below);
    },
  };
}
