import * as z from 'zod';
import { isLocal, readUrl } from './address.ts';
import { duration, file, line, listOf, Refused, text } from './values.ts';

/** What `sub` begins with where it comes from elsewhere: a provider of this name could vouch for somebody else's users. */
const RESERVED = ['file', 'htpasswd', 'tabpy', 'ldap', 'demo', 'label', 'token', 'embed'];

const SECOND_MS = 1000;
const DAY_MS = 86_400_000;

const ID = /^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/;
const DOMAIN = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9][a-z0-9-]{0,61}[a-z0-9]$/;

const id = text(
  'name',
  (given) => {
    if (!ID.test(given)) return new Refused('is not a name; write 1 to 32 of a-z, 0-9 and -, as corp');
    return RESERVED.includes(given)
      ? new Refused('is a name that dashgate gives to users of its own; choose another, as corp')
      : given;
  },
  { pattern: ID.source },
);

/** Kept as it is written: the issuer in a token is compared with it to the letter. */
const issuer = text(
  'URL',
  (given) => {
    const url = readUrl(given);
    if (url instanceof Refused) return url;
    // Behind it the library would believe whatever issuer the document names.
    if (url.pathname.includes('/.well-known/'))
      return new Refused('is where the provider describes itself; write only what stands before /.well-known/');
    return url.protocol === 'https:' || isLocal(url.host)
      ? given
      : new Refused('is plain http to another machine, so who signs in could be changed on the way; write https://');
  },
  { pattern: '^[Hh][Tt][Tt][Pp][Ss]?://' },
);

const secret = text('text', (given) =>
  given === '' || /[\p{Cc}]/u.test(given) ? new Refused('is not a secret; write it on one line') : given,
);

const scope = text('scope', (given) =>
  /^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/.test(given) && given.split(' ').includes('openid')
    ? given
    : new Refused('is not a list of scopes with openid among them; write it as openid email profile'),
);

const claim = text('claim', (given) =>
  given !== '' && given.length <= 200 && !/[\p{Cc}]/u.test(given)
    ? given
    : new Refused('is not the name of a claim; write it as the provider has it, as groups'),
);

const domain = text('domain', (given) => {
  const lower = given.toLowerCase();
  return DOMAIN.test(lower) ? lower : new Refused('is not a domain; write what stands behind the @, as example.com');
});

const email = text('e-mail address', (given) => {
  const lower = given.toLowerCase();
  return /^[^\s@\p{Cc}]{1,64}@[^\s@\p{Cc}]{1,255}$/u.test(lower)
    ? lower
    : new Refused('is not an e-mail address; write it as mica@example.com');
});

const group = z.string().min(1).max(255);

const allow = z
  .strictObject({
    email_domains: listOf(domain)
      .optional()
      .meta({
        description: 'Whose e-mail address ends in one of these, after the `@` and to the letter.',
        examples: [['example.com']],
      }),
    emails: listOf(email)
      .optional()
      .meta({ description: 'These e-mail addresses.', examples: [['mica@example.com']] }),
    groups: listOf(group)
      .optional()
      .meta({
        title: 'list',
        description: 'The members of one of these groups, by the names that they have here.',
        examples: [['staff']],
      }),
  })
  .check(({ value, issues }) => {
    for (const [key, list] of Object.entries(value)) {
      if (list?.length === 0)
        issues.push({
          code: 'custom',
          message: 'is empty, so nobody could enter by it; remove it',
          path: [key],
          input: list,
        });
    }
  });

/** What every authorization request has of its own. */
const OURS = [
  ...['client_id', 'client_secret', 'redirect_uri', 'response_type', 'response_mode', 'scope', 'state', 'nonce'],
  ...['code_challenge', 'code_challenge_method', 'request', 'request_uri', 'max_age', 'acr_values'],
];

const entry = z
  .strictObject({
    id: id.meta({
      description:
        'Stands in the address that the provider sends people back to, `/_dashgate/oauth/ID/callback`, and before the colon in the `sub` of its users.',
      examples: ['corp'],
    }),
    type: z
      .literal('oidc')
      .meta({ title: '`oidc`', description: 'OpenID Connect, set up by discovery.', examples: ['oidc'] }),
    name: line(60)
      .optional()
      .meta({
        description: 'What the button on the login page calls it.',
        derived: '`id`, with a capital',
        examples: ['Acme'],
      }),
    issuer: issuer.meta({
      description: 'The provider, as it calls itself: what `/.well-known/openid-configuration` stands behind.',
      examples: ['https://login.example.com'],
    }),
    client_id: line(255).meta({ description: 'What the provider calls dashgate.', examples: ['dashgate'] }),
    client_secret: secret
      .optional()
      .meta({ description: 'The secret that goes with it; better in a file.', examples: ['…'], instead: true }),
    client_secret_file: file.optional().meta({
      description: 'A file with that secret. Read again for each sign-in. Without one, dashgate is a public client.',
      examples: ['/run/secrets/corp-client'],
    }),
    scope: scope.prefault('openid email profile').meta({ description: 'What is asked for, as `openid email groups`.' }),
    authorize_params: z
      .record(z.string().min(1).max(100), z.string().max(1000))
      .prefault({})
      .meta({
        title: 'map',
        description: 'Further parameters of the address that people are sent to.',
        examples: [{ domain_hint: 'example.com' }],
      }),
    user_info: z.boolean().prefault(true).meta({
      title: 'true or false',
      description: 'Whether the user-info endpoint is asked for what the ID token does not say.',
    }),
    user_claim: claim.optional().meta({
      description:
        'What dashboards are told as user name, as `preferred_username`, or `email` where that is verified. Without it they are told the `sub`, as `corp:248289761001`, which nobody else can have.',
      examples: ['preferred_username'],
      instead: true,
    }),
    shares_user_names: z.boolean().prefault(false).meta({
      title: 'true or false',
      description:
        'With `user_claim`: a user of this provider and a user of another source with the same user name are the same person. Dashboards cannot tell them apart, so it has to be said.',
    }),
    groups_claim: claim.optional().meta({
      description:
        'Where the groups of a person stand, as `groups` or `realm_access.roles`. Without it nobody has groups.',
      examples: ['groups'],
    }),
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
    allow: allow.optional().meta({
      description:
        'Who may enter: those to whom one of the lists applies. An e-mail address counts where the provider says that it is verified. Without it, everyone whom the provider knows.',
    }),
    timeout: duration(100, 60_000)
      .prefault('5s')
      .meta({ description: 'How long the provider may take for an answer.' }),
    recheck: duration(SECOND_MS, DAY_MS).prefault('5m').meta({
      description:
        'How old what the provider says of a signed-in person may be, where it gives a refresh token. Who is disabled or regrouped there is so here within this time.',
    }),
    recheck_grace: duration(0, 7 * DAY_MS)
      .prefault('1h')
      .meta({
        description: 'How much longer their sessions live while the provider cannot be asked; then 503.',
      }),
  })
  .check(({ value, issues }) => {
    const refuse = (message: string, ...path: string[]): void => {
      issues.push({ code: 'custom', message, path, input: null });
    };
    if (value.client_secret !== undefined && value.client_secret_file !== undefined)
      refuse('is given beside client_secret_file; remove one of them', 'client_secret');
    if (value.group_names && value.groups_claim === undefined)
      refuse('is given without groups_claim; write where the groups stand', 'group_names');
    if (value.allow?.groups && value.groups_claim === undefined)
      refuse('needs groups_claim; write where the groups stand', 'allow', 'groups');
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
  });

export const providers = listOf(entry)
  .superRefine((list, context) => {
    const seen = new Map<string, number>();
    for (const [i, { id }] of list.entries()) {
      const before = seen.get(id);
      seen.set(id, i);
      if (before === undefined) continue;
      context.addIssue({
        code: 'custom',
        path: [i, 'id'],
        message: `is the id of providers[${before}] too; choose another`,
      });
    }
  })
  .prefault([])
  .meta({ title: 'list', description: 'Who else may vouch for people: a button each on the login page.' });

export const settleProviders = (read: z.output<typeof providers>) =>
  read.map((one) => ({
    id: one.id,
    type: one.type,
    name: one.name ?? one.id.charAt(0).toUpperCase() + one.id.slice(1),
    issuer: one.issuer,
    clientId: one.client_id,
    clientSecret:
      one.client_secret_file !== undefined
        ? ({ kind: 'file', file: one.client_secret_file } as const)
        : one.client_secret !== undefined
          ? ({ kind: 'text', text: one.client_secret } as const)
          : null,
    scope: one.scope,
    authorizeParams: one.authorize_params,
    asksUserInfo: one.user_info,
    userClaim: one.user_claim ?? null,
    sharesUserNames: one.shares_user_names,
    groupsClaim: one.groups_claim ?? null,
    /** `null`: each has the name that it has there. */
    groupNames: one.group_names ? Object.entries(one.group_names) : null,
    resourcesClaim: one.resources_claim ?? null,
    allowsAll: one.allow_all,
    /** `null`: everyone. */
    allow: one.allow
      ? {
          emailDomains: one.allow.email_domains ?? [],
          emails: one.allow.emails ?? [],
          groups: one.allow.groups ?? [],
        }
      : null,
    timeoutMs: one.timeout,
    recheckMs: one.recheck,
    recheckGraceMs: one.recheck_grace,
  }));
