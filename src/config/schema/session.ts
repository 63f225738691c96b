import { join } from 'node:path';
import * as z from 'zod';
import { duration, durationOrNone, file, Refused, text } from './values.ts';

const SECRET_FILE = 'session.keys';
const STORE_FILE = 'dashgate.db';
const LIST_FILE = 'sessions.db';
const COOKIE_OVER_HTTPS = '__Host-dashgate';
const COOKIE_OVER_HTTP = 'dashgate';

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
/** Browsers keep no cookie longer (RFC 6265bis §5.5). */
const LONGEST_MS = 400 * 86_400_000;

/** A cookie name is a token (RFC 6265 §4.1.1); chunks and `;` must fit behind it. */
const cookieName = text(
  'name',
  (given) =>
    /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$/.test(given)
      ? given
      : new Refused('is not a cookie name; write at most 64 letters, digits, _ and -'),
  { pattern: "^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$" },
);

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
    store: z
      .enum(['sqlite', 'memory'])
      .prefault('sqlite')
      .meta({
        description: `Where ended sessions are remembered: \`sqlite\` in the state folder (\`${STORE_FILE}\`), or \`memory\`: after a restart everyone signs in again.`,
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
  .prefault({})
  .meta({ description: 'How long a sign-in lasts, and what carries it.' });

export const settleSession = (read: z.output<typeof session>, state: string, isHttps: boolean) => ({
  secretFile: read.secret_file ?? join(state, SECRET_FILE),
  lifetimeMs: read.lifetime,
  /** `null`: none. */
  idleMs: read.idle_timeout,
  /** `null`: not offered. */
  rememberMs: read.remember_me,
  store:
    read.store === 'memory'
      ? ({ kind: 'memory' } as const)
      : ({ kind: 'sqlite', file: join(state, STORE_FILE), listFile: join(state, LIST_FILE) } as const),
  cookie: {
    name: read.cookie.name ?? (isHttps ? COOKIE_OVER_HTTPS : COOKIE_OVER_HTTP),
    sameSite: read.cookie.same_site,
  },
});
