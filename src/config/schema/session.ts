import { join } from 'node:path';
import * as z from 'zod';
import { type RedisAddress, type StoreAddress, store } from './store.ts';
import { cookieName, duration, durationOrNone, file, Refused, text } from './values.ts';

const SECRET_FILE = 'session.keys';
const STORE_FILE = 'dashgate.db';
const LIST_FILE = 'sessions.db';
const COOKIE_OVER_HTTPS = '__Host-dashgate';
const COOKIE_OVER_HTTP = 'dashgate';

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** Browsers keep no cookie longer (RFC 6265bis §5.5). */
const LONGEST_MS = 400 * DAY_MS;

export const session = z
  .strictObject({
    secret_file: file.optional().meta({
      description: 'The key ring that seals cookies, one base64url key a line, newest first. Made at the first start.',
      derived: `\`${SECRET_FILE}\` in the state folder`,
      examples: ['/run/secrets/session.keys'],
    }),
    lifetime: duration(SECOND_MS, LONGEST_MS)
      .prefault('8h')
      .meta({ description: 'How long a session lasts after sign-in.' }),
    idle_timeout: durationOrNone(MINUTE_MS, LONGEST_MS).prefault('1h').meta({
      description:
        'A session that nobody uses for so long ends. What a page asks for by itself, as polls, does not count as use. `none`: only `lifetime` ends it.',
    }),
    remember_me: durationOrNone(MINUTE_MS, LONGEST_MS).prefault('none').meta({
      description:
        'Offers on the login page to stay signed in for so long, as `30d`: also when the browser was closed, and without `idle_timeout`. `none`: not offered.',
    }),
    store: store.prefault('sqlite').meta({
      description: `Where ended sessions are remembered: \`sqlite\` in the state folder (\`${STORE_FILE}\`) or in a file of another name, \`memory\` (after a restart everyone signs in again), or a Redis for several dashgates: \`redis://\`, \`rediss://\` with TLS, \`redis+sentinel://HOST,HOST/MASTER\`, \`redis+cluster://HOST,HOST\`, and \`rediss+…\` of both. A user name may stand in it, a password not.`,
      examples: ['sqlite'],
    }),
    store_file: file.optional().meta({
      description: 'A file with the URL of a Redis in one line, in which a password may stand, in place of `store`.',
      examples: ['/run/secrets/redis-url'],
      instead: true,
    }),
    store_password: text('text', (given) =>
      given === '' ? new Refused('is empty; write it, or remove the line') : given,
    )
      .optional()
      .meta({ description: 'The password for Redis; better in a file.', examples: ['…'], instead: true }),
    store_password_file: file.optional().meta({
      description: 'A file with the password for Redis. Read again for each new connection.',
      examples: ['/run/secrets/redis-password'],
      instead: true,
    }),
    store_ca_file: file.optional().meta({
      description: "Certificates in PEM by which that of a `rediss://` is judged, in place of the system's.",
      examples: ['tls/redis-ca.pem'],
      instead: true,
    }),
    store_prefix: text('name', (given) =>
      /^[A-Za-z0-9_.:-]{1,64}$/.test(given)
        ? given
        : new Refused('is not a prefix; write 1 to 64 letters, digits, _ . : and -'),
    )
      .prefault('dashgate')
      .meta({
        description:
          'What the names of all keys in Redis begin with, in braces. All instances of one dashgate have the same; two dashgates that share a Redis need two.',
      }),
    store_lost: z.enum(['refuse', 'go_on']).prefault('refuse').meta({
      description:
        'What happens while Redis cannot be reached. `refuse`: nobody signs in, and open sessions go on for `store_grace`. `go_on`: people sign in and open sessions go on, however long it takes; who is signed out on one instance meanwhile is so on the others only once Redis is back, and passwords are counted by each instance for itself.',
    }),
    store_grace: duration(SECOND_MS, DAY_MS).prefault('15m').meta({
      description:
        'For how long sessions are judged by what is known while Redis cannot be reached, with `store_lost: refuse`; then 503.',
    }),
    cookie: z
      .strictObject({
        name: cookieName.optional().meta({
          description:
            'The name of the session cookie. Browsers keep one of a name for all ports of a host, so two dashgates beside each other on http need two names, or each signs out the other; off port 8080 the demo takes `dashgate-<port>`.',
          derived: `\`${COOKIE_OVER_HTTPS}\` over https, \`${COOKIE_OVER_HTTP}\` over http`,
          examples: ['dashgate'],
        }),
        same_site: z.enum(['lax', 'strict']).prefault('lax').meta({
          description: 'With `strict`, a link from another site arrives without the session.',
        }),
      })
      .prefault({})
      .meta({ description: 'The session cookie.' }),
  })
  .check(({ value, issues }) => {
    const refuse = (key: keyof typeof value, message: string): void => {
      issues.push({ code: 'custom', message, path: [key], input: value[key] });
    };
    const isRedis = value.store.kind === 'redis' || value.store_file !== undefined;
    if (value.store_file !== undefined && value.store.kind !== 'sqlite')
      refuse('store_file', 'is given beside session.store; remove one of them');
    if (value.store_password !== undefined && value.store_password_file !== undefined)
      refuse('store_password', 'is given beside store_password_file; remove one of them');
    for (const key of ['store_password', 'store_password_file', 'store_ca_file'] as const)
      if (!isRedis && value[key] !== undefined) refuse(key, 'is for a Redis, which session.store is not; remove it');
    if (value.store.kind === 'redis' && !value.store.isTls && value.store_ca_file !== undefined)
      refuse('store_ca_file', 'is given, but session.store speaks no TLS; write rediss://, or remove it');
  })
  .prefault({})
  .meta({ description: 'How long a sign-in lasts, and what carries it.' });

export const settleSession = (read: z.output<typeof session>, state: string, isHttps: boolean) => ({
  secretFile: read.secret_file ?? join(state, SECRET_FILE),
  lifetimeMs: read.lifetime,
  /** `null`: none. */
  idleMs: read.idle_timeout,
  /** `null`: not offered. */
  rememberMs: read.remember_me,
  store: settleStore(read, state),
  cookie: {
    name: read.cookie.name ?? (isHttps ? COOKIE_OVER_HTTPS : COOKIE_OVER_HTTP),
    sameSite: read.cookie.same_site,
  },
});

/** Redis as the shared store, and how it is reached. */
export interface RedisConfig {
  readonly kind: 'redis';
  /** `null`: the file says it. */
  readonly address: RedisAddress | null;
  readonly urlFile: string | null;
  readonly password: string | null;
  readonly passwordFile: string | null;
  readonly caFile: string | null;
  readonly prefix: string;
  /** Whether people may sign in, and sessions go on for ever, while it cannot be reached. */
  readonly goesOn: boolean;
  readonly graceMs: number;
}

type StoreConfig =
  | { readonly kind: 'memory' }
  | { readonly kind: 'sqlite'; readonly file: string; readonly listFile: string }
  | RedisConfig;

function settleStore(read: z.output<typeof session>, state: string): StoreConfig {
  const address: StoreAddress = read.store;
  if (address.kind === 'redis' || read.store_file !== undefined)
    return {
      kind: 'redis',
      address: address.kind === 'redis' ? address : null,
      urlFile: read.store_file ?? null,
      password: read.store_password ?? null,
      passwordFile: read.store_password_file ?? null,
      caFile: read.store_ca_file ?? null,
      prefix: read.store_prefix,
      goesOn: read.store_lost === 'go_on',
      graceMs: read.store_grace,
    };
  if (address.kind === 'memory') return address;
  const { file } = address;
  if (file === null) return { kind: 'sqlite', file: join(state, STORE_FILE), listFile: join(state, LIST_FILE) };
  return { kind: 'sqlite', file, listFile: `${file.replace(/\.db$/, '')}.${LIST_FILE}` };
}
