import * as z from 'zod';
import { auth0, settleAuth0 } from './providers/auth0.ts';
import { azure, azurev2, settleAzure, settleAzureV2 } from './providers/azure.ts';
import { bitbucket, settleBitbucket } from './providers/bitbucket.ts';
import { github, settleGithub } from './providers/github.ts';
import { gitlab, settleGitlab } from './providers/gitlab.ts';
import { google, settleGoogle } from './providers/google.ts';
import { keycloak, settleKeycloak } from './providers/keycloak.ts';
import { authCode, generic, oauth2, settleAuthCode, settleGeneric, settleOauth2 } from './providers/oauth2.ts';
import { oidc, settleOidc } from './providers/oidc.ts';
import { okta, settleOkta } from './providers/okta.ts';
import { plugin, settlePlugin } from './providers/plugin.ts';
import { listOf } from './values.ts';

/** One type a file: its keys, and what is made of them. */
const entry = z.discriminatedUnion('type', [
  oidc,
  azure,
  azurev2,
  github,
  gitlab,
  bitbucket,
  google,
  okta,
  auth0,
  keycloak,
  oauth2,
  generic,
  authCode,
  plugin,
]);

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

/** Where plug-ins are looked for, and from where none is run. */
type Places = Parameters<typeof settlePlugin>[1];

export const settleProviders = (read: z.output<typeof providers>, places: Places) =>
  read.map((one) => settleProvider(one, places));

function settleProvider(one: z.output<typeof entry>, places: Places) {
  switch (one.type) {
    case 'oidc':
      return settleOidc(one);
    case 'azure':
      return settleAzure(one);
    case 'azurev2':
      return settleAzureV2(one);
    case 'github':
      return settleGithub(one);
    case 'gitlab':
      return settleGitlab(one);
    case 'bitbucket':
      return settleBitbucket(one);
    case 'google':
      return settleGoogle(one);
    case 'okta':
      return settleOkta(one);
    case 'auth0':
      return settleAuth0(one);
    case 'keycloak':
      return settleKeycloak(one);
    case 'oauth2':
      return settleOauth2(one);
    case 'generic':
      return settleGeneric(one);
    case 'auth_code':
      return settleAuthCode(one);
    case 'plugin':
      return settlePlugin(one, places);
  }
}
