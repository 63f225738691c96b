import * as z from 'zod';
import { Refused, text } from './values.ts';

/** A node of Redis, or a sentinel. `host` has no brackets. */
export interface RedisNode {
  readonly host: string;
  readonly port: number;
}

/** Where Redis is, and as whom; without the password. */
export interface RedisAddress {
  readonly kind: 'redis';
  /** `single`: one node; `sentinel`: the nodes are sentinels, who know the master; `cluster`: some nodes of a cluster. */
  readonly form: 'single' | 'sentinel' | 'cluster';
  readonly isTls: boolean;
  readonly nodes: readonly RedisNode[];
  /** The name by which sentinels know the master; empty elsewhere. */
  readonly master: string;
  readonly user: string | null;
  readonly database: number;
}

/** What stands in `session.store`. */
export type StoreAddress =
  | { readonly kind: 'memory' }
  | { readonly kind: 'sqlite'; readonly file: string | null }
  | RedisAddress;

const SCHEME = /^redis(s)?(?:\+(sentinel|cluster))?:\/\/(?:([^/]*)@)?([^/@]*)(?:\/([^/]*))?$/;
const NODE = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::(\d{1,5}))?$/;
const MOST_NODES = 20;
const PORT = { redis: 6379, sentinel: 26379 } as const;
const NO_ADDRESS =
  'is not the address of a Redis; write redis://HOST:PORT, rediss:// for TLS, redis+sentinel://HOST:PORT,HOST:PORT/MASTER or redis+cluster://HOST:PORT,HOST:PORT';

/** A URL of Redis. The password, where there is one, comes apart: it belongs into no log. */
export function readRedisUrl(given: string): { address: RedisAddress; password: string | null } | Refused {
  const [whole, s, form = 'single', credentials, hosts = '', path = ''] = SCHEME.exec(given) ?? [];
  if (whole === undefined) return new Refused(NO_ADDRESS);
  const nodes = hosts.split(',').map((each) => readNode(each, form === 'sentinel' ? PORT.sentinel : PORT.redis));
  if (!nodes.every((node) => node !== null) || nodes.length > MOST_NODES) return new Refused(NO_ADDRESS);
  if (form === 'single' && nodes.length > 1)
    return new Refused('has several hosts, but is no redis+sentinel:// or redis+cluster://; write which');
  if (form === 'sentinel' && !/^[A-Za-z0-9._-]{1,64}$/.test(path))
    return new Refused('does not name the master behind the sentinels; write it at the end, as /mymaster');
  if (form !== 'sentinel' && path !== '' && (form === 'cluster' || !/^\d{1,4}$/.test(path)))
    return new Refused('has something behind the host that is not the number of a database; remove it');
  const [user = '', ...rest] = (credentials ?? '').split(':');
  const decoded = decode(user);
  const password = decode(rest.join(':'));
  if (decoded === null || password === null)
    return new Refused('has a user or password that is not percent-encoded; encode it');
  const address: RedisAddress = {
    kind: 'redis',
    form: form === 'sentinel' || form === 'cluster' ? form : 'single',
    isTls: s !== undefined,
    nodes,
    master: form === 'sentinel' ? path : '',
    user: decoded === '' ? null : decoded,
    database: form === 'single' ? Number(path) : 0,
  };
  return { address, password: rest.length === 0 || password === '' ? null : password };
}

function readNode(given: string, byDefault: number): RedisNode | null {
  const [, host = '', digits] = NODE.exec(given) ?? [];
  const port = digits === undefined ? byDefault : Number(digits);
  return host === '' || port < 1 || port > 65_535 ? null : { host: host.replace(/^\[|\]$/g, ''), port };
}

function decode(given: string): string | null {
  try {
    const text = decodeURIComponent(given);
    return /\p{Cc}/u.test(text) ? null : text;
  } catch {
    return null;
  }
}

/** Marks the schema in whose text a file name may stand behind `sqlite:`, which load.ts makes absolute. */
export const storeNames = z.registry<{ store: true }>();
export const SQLITE_SCHEME = 'sqlite:';

export const store = text(
  '`sqlite`, `sqlite:FILE`, `memory` or URL',
  (given): StoreAddress | Refused => {
    if (given === 'memory') return { kind: 'memory' };
    if (given === 'sqlite') return { kind: 'sqlite', file: null };
    if (given.startsWith(SQLITE_SCHEME)) {
      const file = given.slice(SQLITE_SCHEME.length);
      if (file === '' || /[\p{Cc}?]/u.test(file)) return new Refused('names no file behind sqlite:; write one');
      return { kind: 'sqlite', file };
    }
    if (!/^rediss?[:+]/.test(given))
      return new Refused('is not known; write sqlite, sqlite:FILE, memory or the URL of a Redis, as redis://HOST:PORT');
    const read = readRedisUrl(given);
    if (read instanceof Refused) return read;
    if (read.password !== null)
      return new Refused(
        'holds a password, which would be read here by too many; name a file with it as session.store_password_file, or put the whole URL into one and name that as session.store_file',
      );
    return read.address;
  },
  { pattern: '^(memory|sqlite(:.+)?|rediss?(\\+(sentinel|cluster))?://.+)$' },
);
storeNames.add(store, { store: true });
