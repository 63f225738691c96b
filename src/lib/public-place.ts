/** Where something is public: at one host, or at each of those that a pattern stands for. */
export interface PublicPlace {
  /**
   * @param host - lower-cased, with its port unless it is the default one
   * @returns the origin, as a browser writes it; `null`: it is not at that host
   */
  originAt(host: string): string | null;
  /** Whether there are many of them. */
  readonly isManifold: boolean;
}

/** `origin` and `host` as browsers write them; a leading `*.` in both stands for one label. */
export interface Address {
  readonly origin: string;
  readonly host: string;
}

/** One label of a host name (RFC 1123 §2.1), lower-cased. */
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** Whether an address stands for many hosts. */
export const isPattern = ({ host }: Pick<Address, 'host'>): boolean => host.startsWith('*.');

/** Whether a host has exactly one label in place of the `*`. */
export function fitsPattern(pattern: string, host: string): boolean {
  const rest = pattern.slice(1);
  return host.endsWith(rest) && LABEL.test(host.slice(0, -rest.length));
}

/** @param named - every host of the configuration: one that is named by itself is none of a pattern's */
export function createPublicPlace({ origin, host }: Address, named: readonly string[]): PublicPlace {
  if (!isPattern({ host })) return { isManifold: false, originAt: (asked) => (asked === host ? origin : null) };
  const apart = new Set(named);
  const scheme = origin.slice(0, -host.length);
  return {
    isManifold: true,
    originAt: (asked) => (fitsPattern(host, asked) && !apart.has(asked) ? scheme + asked : null),
  };
}
