import * as z from 'zod';
import { isLocal, readUrl } from './address.ts';
import { group } from './providers/allow.ts';
import { claim, id, issuer } from './providers/values.ts';
import { duration, line, listOf, Refused, text } from './values.ts';

/** Signatures that only the issuer can make: nothing by a secret that others have too, and never `none` (RFC 8725 §3.1). */
export const ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
] as const;

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

export const jwksUrl = text('URL', (given) => {
  const url = readUrl(given);
  if (url instanceof Refused) return url;
  return url.protocol === 'https:' || isLocal(url.host)
    ? url.href
    : new Refused('is plain http to another machine, so keys could be changed on the way; write https://');
});

const entry = z
  .strictObject({
    id: id.meta({
      description:
        'Stands before the colon in the `sub` of whom its tokens are about, as `ci:build-7`. That of a provider with the same `issuer` means the same people.',
      examples: ['ci'],
    }),
    issuer: issuer.meta({
      description:
        'The issuer to the letter, as it stands in `iss` of its tokens: by it a token is told to be its own.',
      examples: ['https://ci.example.com'],
    }),
    jwks_url: jwksUrl.optional().meta({
      description: 'Where its keys are. Without it the issuer is asked, by discovery (OpenID Connect, or RFC 8414).',
      examples: ['https://ci.example.com/jwks.json'],
      instead: true,
    }),
    audience: listOf(line(255))
      .min(1, { error: 'is empty; name what its tokens for dashgate have as aud' })
      .meta({
        title: 'list',
        description:
          'What `aud` of a token has to have one of. Not what ID tokens have: those are for nobody else to see.',
        examples: [['https://dash.example.com']],
      }),
    algorithms: listOf(z.enum(ALGORITHMS))
      .min(1, { error: 'is empty; name at least one, as RS256' })
      .prefault(['RS256', 'ES256'])
      .meta({ description: 'By which of them it signs. Only those that need its private key.' }),
    type: z.enum(['any', 'at+jwt']).prefault('any').meta({
      description:
        'What the header `typ` has to be. `at+jwt`: that (RFC 9068), and nothing else. `any`: that, `JWT`, or none; other types are refused.',
    }),
    user_claim: claim.optional().meta({
      description: 'What dashboards are told as user name. Without it they are told the `sub`, as `ci:build-7`.',
      examples: ['preferred_username'],
      instead: true,
    }),
    shares_user_names: z.boolean().prefault(false).meta({
      title: 'true or false',
      description:
        'With `user_claim`: whoever has the same user name in another source is the same person. Dashboards cannot tell them apart, so it has to be said.',
    }),
    groups_claim: claim.optional().meta({
      description: 'Where groups stand, as `groups` or `realm_access.roles`. Without it nobody has groups.',
      examples: ['groups'],
    }),
    group_names: z
      .record(group, group)
      .optional()
      .meta({
        title: 'map',
        description: 'What groups of the issuer are called here. With it, all others are left out.',
        examples: [{ '0f1e2d3c': 'finance' }],
      }),
    resources_claim: claim.optional().meta({
      description:
        'A claim with names of resources, a list or parted by blanks as `scope`. Without it no claim grants anything.',
      examples: ['scope'],
    }),
    allow_all: z.boolean().prefault(false).meta({
      title: 'true or false',
      description: 'Whether `_all_` in that claim counts.',
    }),
    leeway: duration(0, 5 * MINUTE_MS)
      .prefault('30s')
      .meta({ description: 'By how much its clock may differ from ours.' }),
    timeout: duration(100, MINUTE_MS).prefault('5s').meta({ description: 'How long it may take to give its keys.' }),
    keys_grace: duration(0, 7 * DAY_MS)
      .prefault('1h')
      .meta({
        description:
          'Its keys are asked for again every ten minutes. For how much longer they count while it does not answer; then 503.',
      }),
  })
  .check(({ value, issues }) => {
    const refuse = (message: string, ...path: string[]): void => {
      issues.push({ code: 'custom', message, path, input: null });
    };
    if (value.group_names && value.groups_claim === undefined)
      refuse('is given without groups_claim; write where the groups stand', 'group_names');
    if (value.allow_all && value.resources_claim === undefined)
      refuse('is given without resources_claim; write where the resources stand', 'allow_all');
    if (value.shares_user_names && value.user_claim === undefined)
      refuse('is given without user_claim; remove it', 'shares_user_names');
  });

export const tokenIssuers = listOf(entry)
  .superRefine((list, context) => {
    for (const key of ['id', 'issuer'] as const) {
      const seen = new Map<string, number>();
      for (const [i, one] of list.entries()) {
        const before = seen.get(one[key]);
        seen.set(one[key], i);
        if (before === undefined) continue;
        context.addIssue({
          code: 'custom',
          path: [i, key],
          message: `is the ${key} of token_issuers[${before}] too; a token has to be of one of them`,
        });
      }
    }
  })
  .prefault([])
  .meta({
    title: 'list',
    description:
      'Whose tokens (JWT) programs may send as `Authorization: Bearer`, to apps that list `bearer`; see docs/tokens.md.',
  });

export const settleTokenIssuers = (read: z.output<typeof tokenIssuers>) =>
  read.map((one) => ({
    id: one.id,
    issuer: one.issuer,
    /** `null`: by discovery. */
    jwksUrl: one.jwks_url ?? null,
    audience: one.audience,
    algorithms: one.algorithms,
    type: one.type,
    userClaim: one.user_claim ?? null,
    sharesUserNames: one.shares_user_names,
    groupsClaim: one.groups_claim ?? null,
    /** `null`: each has the name that it has there. */
    groupNames: one.group_names ? Object.entries(one.group_names) : null,
    resourcesClaim: one.resources_claim ?? null,
    allowsAll: one.allow_all,
    leewaySec: Math.ceil(one.leeway / 1000),
    timeoutMs: one.timeout,
    keysGraceMs: one.keys_grace,
  }));
