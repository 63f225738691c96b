import * as z from 'zod';
import { duration, file, grant, line, listOf } from '../values.ts';
import { group, settleAllow } from './allow.ts';
import { claim, id, redirectUri, secret } from './values.ts';

const SECOND_MS = 1000;
const DAY_MS = 86_400_000;

/** How an entry of any type begins. */
export const head = <T extends string>(type: T) => ({
  id: id.meta({
    description:
      'Stands in the address that the provider sends people back to, `/_dashgate/oauth/ID/callback`, and before the colon in the `sub` of its users.',
    examples: [type === 'oidc' ? 'corp' : type.replace('_', '-')],
  }),
  type: z
    .literal(type)
    .meta({ title: `\`${type}\``, description: 'What kind of provider it is: docs/providers.md.', examples: [type] }),
  name: line(60)
    .optional()
    .meta({
      description: 'What the button on the login page calls it.',
      derived:
        '`id`, with a capital; `github`, `gitlab`, `azure` and `azurev2` as people know them, and `oauth2`, `generic` and `auth-code` by the host of `authorize_url`',
      examples: ['Acme'],
    }),
  icon_file: file.optional().meta({
    description: 'A picture at that button, in place of the mark of the type: SVG, PNG, JPEG or WebP.',
    examples: ['acme.svg'],
  }),
});

/** What the provider knows dashgate by. */
export const client = {
  client_id: line(255).meta({ description: 'What the provider calls dashgate.', examples: ['dashgate'] }),
  client_secret: secret
    .optional()
    .meta({ description: 'The secret that goes with it; better in a file.', examples: ['…'], instead: true }),
  client_secret_file: file.optional().meta({
    description: 'A file with that secret. Read again for each sign-in. Without one, dashgate is a public client.',
    examples: ['/run/secrets/corp-client'],
  }),
  redirect_uri: redirectUri.optional().meta({
    description:
      'Where the provider sends people back to, where it knows another address: a path of `server.public_url`, or all of it; `/` alone is the origin without a slash. What comes there is an answer with `state` and `code` or `error` in the browser that began, and else a request for the app.',
    derived: '`/_dashgate/oauth/ID/callback`',
    examples: ['/login'],
  }),
  ca_file: file.optional().meta({
    description:
      'Certificates in PEM of the authorities that vouch for the provider’s own certificate, in place of those that Node knows. Read again for each connection.',
    examples: ['/etc/ssl/corp-ca.pem'],
  }),
};

export const authorizeParams = z
  .record(z.string().min(1).max(100), z.string().max(1000))
  .prefault({})
  .meta({
    title: 'map',
    description: 'Further parameters of the address that people are sent to.',
    examples: [{ domain_hint: 'example.com' }],
  });

export const userInfo = z.boolean().prefault(true).meta({
  title: 'true or false',
  description: 'Whether the user-info endpoint is asked for what the ID token does not say.',
});

export const groupsClaim = claim.optional().meta({
  description: 'Where the groups of a person stand, as `groups` or `realm_access.roles`. Without it nobody has groups.',
  examples: ['groups'],
});

/** What dashboards are told as user name. */
export const user = {
  user_claim: claim.optional().meta({
    description:
      'What dashboards are told as user name, as `preferred_username`, or `email` where that is verified. Without it they are told the `sub`, as `corp:248289761001`, which nobody else can have.',
    examples: ['preferred_username'],
    instead: true,
  }),
  shares_user_names: z.boolean().prefault(false).meta({
    title: 'true or false',
    description:
      'With `user_claim`: a user of this provider and a user of another source with the same user name are the same person. Dashboards cannot tell them apart, so it has to be said; so too that no two people of several tenants have the same one.',
  }),
};

const rule = z
  .strictObject({
    claim: claim.meta({ description: 'The claim, as `department`.', examples: ['department'] }),
    is: listOf(z.string().min(1).max(255))
      .min(1)
      .meta({ title: 'list', description: 'It says, or has in its list, one of these.', examples: [['Finance']] }),
    groups: listOf(group)
      .prefault([])
      .meta({ title: 'list', description: 'Then somebody is in these groups.', examples: [['finance']] }),
    resources: listOf(grant)
      .prefault([])
      .meta({ title: 'list', description: 'Then somebody may open these.', examples: [['hr']] }),
  })
  .check(({ value, issues }) => {
    if (value.groups.length + value.resources.length === 0)
      issues.push({ code: 'custom', message: 'gives nothing; write groups or resources', path: [], input: null });
  });

/** What is made of what the provider says. */
export const rights = {
  group_names: z
    .record(group, group)
    .optional()
    .meta({
      title: 'map',
      description: 'What groups of the provider are called here. With it, all others are left out.',
      examples: [{ '0f1e2d3c': 'finance' }],
    }),
  resources_claim: claim.optional().meta({
    description: 'A claim with names of resources that a person may open. Without it no claim grants anything.',
    examples: ['allowed_resources'],
  }),
  allow_all: z.boolean().prefault(false).meta({
    title: 'true or false',
    description: 'Whether `_all_` in that claim counts.',
  }),
  rules: listOf(rule).prefault([]).meta({
    title: 'list',
    description: 'What somebody gets for what else a claim says of them.',
  }),
};

export const times = {
  timeout: duration(100, 60_000).prefault('5s').meta({ description: 'How long the provider may take for an answer.' }),
  recheck: duration(SECOND_MS, DAY_MS).prefault('5m').meta({
    description:
      'How old what the provider says of a signed-in person may be, where it can be asked again. Who is disabled or regrouped there is so here within this time.',
  }),
  recheck_grace: duration(0, 7 * DAY_MS)
    .prefault('1h')
    .meta({
      description: 'How much longer their sessions live while the provider cannot be asked; then 503.',
    }),
};

/** The keys of most types, behind those of their own. */
export const rest = { ...client, authorize_params: authorizeParams, ...user, ...rights, ...times };

/** Where the servers are that people run, or have, themselves. */
export const WHERE =
  'Where it is: a GitHub Enterprise Server, a GitLab, the Okta organisation (without `-admin`), or Keycloak (with `/auth` behind it where that server has it).';

/** What is asked for. */
export const SCOPE = 'What is asked for, as `openid email groups`.';

/** What is read of an entry of any type. */
type ReadCommon = z.output<
  z.ZodObject<
    Omit<ReturnType<typeof head<string>>, 'type'> &
      typeof client &
      typeof user &
      typeof rights &
      typeof times & { readonly authorize_params: typeof authorizeParams }
  >
> & { readonly allow?: Parameters<typeof settleAllow>[0] };

/** What every authorization request has of its own. */
const OURS = [
  ...['client_id', 'client_secret', 'redirect_uri', 'response_type', 'response_mode', 'scope', 'state', 'nonce'],
  ...['code_challenge', 'code_challenge_method', 'request', 'request_uri', 'max_age', 'acr_values'],
];

/** What one key says of another, in an entry of any type. */
export function checkCommon({ value, issues }: z.core.ParsePayload<ReadCommon>): void {
  const refuse = (message: string, ...path: string[]): void => {
    issues.push({ code: 'custom', message, path, input: null });
  };
  if (value.client_secret !== undefined && value.client_secret_file !== undefined)
    refuse('is given beside client_secret_file; remove one of them', 'client_secret');
  if (value.allow && Object.values(value.allow).every((list) => list === undefined))
    refuse('says not who; write email_domains, emails or groups, or remove it', 'allow');
  if (value.allow_all && value.resources_claim === undefined)
    refuse('is given without resources_claim; write where the resources stand', 'allow_all');
  if (value.shares_user_names && value.user_claim === undefined)
    refuse('is given without user_claim; remove it', 'shares_user_names');
  for (const name of Object.keys(value.authorize_params)) {
    if (OURS.includes(name.toLowerCase()))
      refuse('is a parameter that dashgate writes itself; remove it', 'authorize_params', name);
    else if (name === 'prompt' && !/^(?:consent|select_account)$/.test(value.authorize_params[name] ?? ''))
      refuse('has to be consent or select_account; correct it', 'authorize_params', name);
  }
}

/** Where groups stand in a claim that has to be named. */
export function checkGroupsClaim({
  value,
  issues,
}: z.core.ParsePayload<ReadCommon & { readonly groups_claim?: string | undefined }>): void {
  if (value.groups_claim !== undefined) return;
  const refuse = (message: string, ...path: string[]): void => {
    issues.push({ code: 'custom', message, path, input: null });
  };
  if (value.group_names) refuse('is given without groups_claim; write where the groups stand', 'group_names');
  const hasRules = value.rules.some(({ groups }) => groups.length > 0);
  if (value.allow?.groups && !hasRules) refuse('needs groups_claim; write where the groups stand', 'allow', 'groups');
}

/** What has an id like its type is called as people know it. */
const SPELT = new Map([
  ['github', 'GitHub'],
  ['gitlab', 'GitLab'],
  ['azure', 'Microsoft'],
  ['azurev2', 'Microsoft'],
]);

export const settleCommon = (one: ReadCommon, fence: readonly string[] = []) => ({
  id: one.id,
  name: one.name ?? SPELT.get(one.id) ?? one.id.charAt(0).toUpperCase() + one.id.slice(1),
  clientId: one.client_id,
  clientSecret:
    one.client_secret_file !== undefined
      ? ({ kind: 'file', file: one.client_secret_file } as const)
      : one.client_secret !== undefined
        ? ({ kind: 'text', text: one.client_secret } as const)
        : null,
  /** As it is written; `null`: our own. */
  redirectUri: one.redirect_uri ?? null,
  iconFile: one.icon_file ?? null,
  caFile: one.ca_file ?? null,
  authorizeParams: one.authorize_params,
  userClaim: one.user_claim ?? null,
  sharesUserNames: one.shares_user_names,
  /** `null`: each has the name that it has there. */
  groupNames: one.group_names ? Object.entries(one.group_names) : null,
  resourcesClaim: one.resources_claim ?? null,
  allowsAll: one.allow_all,
  rules: one.rules,
  /** `null`: everyone. */
  allow: settleAllow(one.allow, fence),
  timeoutMs: one.timeout,
  recheckMs: one.recheck,
  recheckGraceMs: one.recheck_grace,
});
