import * as z from 'zod';
import { isLocal, origin } from './address.ts';
import { clientName, secret } from './connected-secret.ts';
import { group } from './providers/allow.ts';
import { claim, issuer } from './providers/values.ts';
import { ALGORITHMS, jwksUrl } from './token-issuers.ts';
import { duration, grant, line, listOf, name, Refused, text } from './values.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** A page is told by its origin to the letter: a pattern would take in hosts that somebody else may have. */
const hostPage = origin.transform((given, context): string => {
  const fault = !/^(?:[a-z0-9.-]+|\[[0-9a-f:]+\])(?::\d+)?$/.test(given.host)
    ? 'is not one host; write each in full, as https://portal.example.com'
    : !given.isHttps && !isLocal(given.host)
      ? 'is plain http on another machine, so anybody on the way could be that page; write https://'
      : null;
  if (fault === null) return given.origin;
  context.addIssue({ code: 'custom', message: fault });
  return z.NEVER;
});

const appName = z.union([z.literal('_all_'), name]);

const scope = text('scope', (given) =>
  /^[\x21\x23-\x5b\x5d-\x7e]{1,255}$/.test(given)
    ? given
    : new Refused('is not a scope; write it as a token has it, as tableau:views:embed'),
);

const onDemand = z
  .strictObject({
    groups: listOf(group)
      .prefault([])
      .meta({
        title: 'list',
        description: 'Groups that a token may say its user to be in, by `https://tableau.com/groups`.',
        examples: [['embedded-viewers']],
      }),
    resources: listOf(grant)
      .prefault([])
      .meta({
        title: 'list',
        description:
          'What a token may grant, by its claim `allowed_resources`. `_all_` and `sales/_all_` count only where they stand here.',
        examples: [['sales/hr']],
      }),
  })
  .prefault({})
  .meta({
    description:
      'On-demand access: what counts of a token with the claim `https://tableau.com/oda`. What is not named here counts for nothing.',
  });

const entry = z
  .strictObject({
    client_id: clientName.meta({
      description: 'What the application calls itself in `iss` of a token. Stands in the `sub` of its users.',
      examples: ['0f1e2d3c-0000-4000-8000-000000000001'],
    }),
    name: line(100)
      .optional()
      .meta({ description: 'What people call it.', examples: ['Acme portal'] }),
    enabled: z.boolean().prefault(true).meta({
      title: 'true or false',
      description: 'Whether its tokens are taken. `false` ends what it has vouched for, too.',
    }),
    secrets: listOf(secret)
      .refine((list) => list.length <= 2, {
        error: 'has more than two, which are enough to change from one to the next; remove the oldest',
      })
      .optional()
      .meta({
        needed: true,
        derived: 'needed, unless there is `issuer`',
        description:
          'Direct trust: by what its tokens are signed (HS256). Two at most, so that one can replace the other.',
      }),
    issuer: issuer.optional().meta({
      description:
        'In place of `secrets`: the server whose tokens it brings, to the letter as in their `iss`. Its keys are asked for.',
      examples: ['https://login.example.com'],
      instead: true,
    }),
    jwks_url: jwksUrl.optional().meta({
      description: 'Where the keys of `issuer` are. Without it the issuer is asked, by discovery.',
      examples: ['https://login.example.com/jwks.json'],
      instead: true,
    }),
    algorithms: listOf(z.enum(ALGORITHMS))
      .min(1, { error: 'is empty; name at least one, as RS256' })
      .prefault(['RS256', 'ES256'])
      .meta({ description: 'By which of them `issuer` signs.' }),
    timeout: duration(100, MINUTE_MS)
      .prefault('5s')
      .meta({ description: 'How long `issuer` may take to give its keys.' }),
    keys_grace: duration(0, 7 * DAY_MS)
      .prefault('1h')
      .meta({
        description: 'For how much longer than ten minutes the keys of `issuer` count while it does not answer.',
      }),
    domains: listOf(hostPage)
      .prefault([])
      .meta({
        title: 'list',
        description:
          'Origins of the pages that may embed by its tokens: scheme, host and port, to the letter. None: no page may.',
        examples: [['https://portal.example.com']],
      }),
    apps: listOf(appName)
      .prefault([])
      .meta({
        title: 'list',
        needed: true,
        derived: 'none',
        description:
          'Apps that its tokens open, whatever their users have been granted elsewhere; `_all_` for every app. None: none.',
        examples: [['sales']],
      }),
    scopes: listOf(scope)
      .refine((list) => list.length > 0, { error: 'is empty, so every token would be refused; name at least one' })
      .prefault(['tableau:views:embed'])
      .meta({
        title: 'list',
        description: 'What of `scp` of a token counts. A token with none of these is refused.',
        examples: [['tableau:views:embed', 'tableau:content:read']],
      }),
    max_lifetime: duration(1000, 10 * MINUTE_MS)
      .prefault('10m')
      .meta({ description: 'How far ahead `exp` of a token may be.' }),
    leeway: duration(0, MINUTE_MS).prefault('30s').meta({
      description: 'How far ahead `iat` and `nbf` may be, as clocks differ. An `exp` is taken to the second.',
    }),
    users: z.enum(['own', 'directory']).prefault('own').meta({
      description:
        'Whose users it speaks of. `own`: its own, as `connected:CLIENT:SUB`, with no grants but those to that name and on-demand ones. `directory`: those of `directories`, by user name, with what they have been granted.',
    }),
    user_claim: claim.optional().meta({
      description:
        'With `users: own`: what dashboards are told as user name. Without it they are told the `sub` in full.',
      examples: ['sub'],
      instead: true,
    }),
    shares_user_names: z.boolean().prefault(false).meta({
      title: 'true or false',
      description:
        'With `user_claim`: whoever has the same user name in another source is the same person. Dashboards cannot tell them apart, so it has to be said.',
    }),
    on_demand: onDemand,
  })
  .check(({ value, issues }) => {
    const refuse = (message: string, ...path: string[]): void => {
      issues.push({ code: 'custom', message, path, input: null });
    };
    const secrets = value.secrets ?? [];
    if (value.issuer === undefined && secrets.length === 0)
      refuse('has no secrets, so no token could be its own; add one, or an issuer', 'secrets');
    if (value.issuer !== undefined && value.secrets !== undefined)
      refuse('is given beside secrets; a token is signed by one or the other, so remove one', 'issuer');
    if (value.jwks_url !== undefined && value.issuer === undefined)
      refuse('is given without issuer; add it, or remove this', 'jwks_url');
    if (value.users === 'directory') {
      if (value.user_claim !== undefined)
        refuse('is for users: own; those of directories have user names, so remove it', 'user_claim');
      if (value.on_demand.groups.length + value.on_demand.resources.length > 0)
        refuse('is for users: own; those of directories have what they were granted, so remove it', 'on_demand');
    }
    if (value.shares_user_names && value.user_claim === undefined)
      refuse('is given without user_claim; remove it', 'shares_user_names');
  });

export const connectedApps = listOf(entry)
  .superRefine((list, context) => {
    const seen = new Map<string, string>();
    const once = (kind: string, value: string | undefined, here: string, path: (string | number)[]): void => {
      if (value === undefined) return;
      const key = JSON.stringify([kind, value]);
      const before = seen.get(key);
      seen.set(key, here);
      if (before !== undefined)
        context.addIssue({ code: 'custom', path, message: `is the ${kind} of ${before} too; each has one of its own` });
    };
    for (const [i, { client_id, issuer: issuedBy, secrets = [] }] of list.entries()) {
      const here = `connected_apps[${i}]`;
      once('client_id', client_id, here, [i, 'client_id']);
      once('issuer', issuedBy, here, [i, 'issuer']);
      for (const [s, { id, value, value_file }] of secrets.entries()) {
        const place = `${here}.secrets[${s}]`;
        once('id', id, place, [i, 'secrets', s, 'id']);
        once('value', value, place, [i, 'secrets', s, 'value']);
        once('value_file', value_file, place, [i, 'secrets', s, 'value_file']);
      }
    }
  })
  .prefault([])
  .meta({
    title: 'list',
    description:
      'Applications that vouch for their users by short-lived tokens: what Tableau calls connected apps. See docs/connected-apps.md.',
  });

export const settleConnectedApps = (read: z.output<typeof connectedApps>) =>
  read.map((one) => ({
    clientId: one.client_id,
    name: one.name ?? one.client_id,
    isEnabled: one.enabled,
    trust:
      one.issuer === undefined
        ? {
            kind: 'direct' as const,
            secrets: (one.secrets ?? []).map(({ id, value, value_file }) => ({
              id,
              from:
                value_file === undefined
                  ? { kind: 'text' as const, text: value ?? '' }
                  : { kind: 'file' as const, file: value_file },
            })),
          }
        : {
            kind: 'issuer' as const,
            issuer: one.issuer,
            /** `null`: by discovery. */
            jwksUrl: one.jwks_url ?? null,
            algorithms: one.algorithms,
            timeoutMs: one.timeout,
            keysGraceMs: one.keys_grace,
          },
    /** Origins. */
    domains: one.domains,
    /** By name, or `_all_`. */
    apps: one.apps,
    scopes: one.scopes,
    maxLifetimeSec: Math.floor(one.max_lifetime / 1000),
    leewaySec: Math.ceil(one.leeway / 1000),
    users: one.users,
    userClaim: one.user_claim ?? null,
    sharesUserNames: one.shares_user_names,
    onDemand: one.on_demand,
  }));

/** Whether pages of some connected app may show an app in a frame. */
export const isEmbedded = (app: string, connected: ReturnType<typeof settleConnectedApps>): boolean =>
  connected.some(({ domains, apps }) => domains.length > 0 && (apps.includes(app) || apps.includes('_all_')));
