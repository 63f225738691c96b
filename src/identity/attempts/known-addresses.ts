/** From where each user has signed in. Only a right password writes here, so no stranger can push anything out. */
export interface KnownAddresses {
  has(user: string, network: string): boolean;
  add(user: string, network: string): void;
  /** Of each user, those used least lately first. */
  all(): Iterable<readonly [user: string, networks: ReadonlySet<string>]>;
}

const MOST_USERS = 10_000;
/** Of one user: what moves about, many servers, or all the people who share one name. */
const MOST_NETWORKS = 128;

export function createKnownAddresses(): KnownAddresses {
  const byUser = new Map<string, Set<string>>();
  return {
    has: (user, network) => byUser.get(user)?.has(network) ?? false,
    add(user, network) {
      const networks = byUser.get(user) ?? new Set();
      // Put behind the others again: the first is the one that was used least lately.
      byUser.delete(user);
      byUser.set(user, networks);
      networks.delete(network);
      networks.add(network);
      dropFirstBeyond(networks, MOST_NETWORKS);
      dropFirstBeyond(byUser, MOST_USERS);
    },
    all: () => byUser,
  };
}

function dropFirstBeyond(table: Set<string> | Map<string, unknown>, most: number): void {
  const [first] = table.keys();
  if (table.size > most && first !== undefined) table.delete(first);
}
