import { describe, expect, it } from 'vitest';
import { createBitbucket } from '../support/providers/bitbucket.ts';
import type { Site } from '../support/providers/cloud.ts';
import { createGithub } from '../support/providers/github.ts';
import { createMicrosoft, PERSON, TENANT } from '../support/providers/microsoft.ts';
import {
  createAuth0,
  createGitlab,
  createGoogle,
  createKeycloak,
  createOkta,
} from '../support/providers/openid-vendors.ts';
import { createPlain, PLAIN } from '../support/providers/plain.ts';
import { startNamedStage } from '../support/providers/stage.ts';

type Sites = Readonly<Record<string, Site>>;

interface Case {
  readonly type: string;
  readonly keys?: Record<string, unknown>;
  readonly sites: () => Promise<{ readonly sites: Sites }> | { readonly sites: Sites };
  /** Where the browser is sent, and with what. */
  readonly authorize: string;
  readonly sends?: Record<string, string>;
  readonly sub: string;
  readonly groups: readonly string[];
  readonly email?: string;
}

const CASES: readonly Case[] = [
  {
    type: 'github',
    sites: () => createGithub(),
    authorize: 'https://github.com/login/oauth/authorize',
    sends: { scope: 'read:user user:email read:org' },
    sub: 'them:583231',
    groups: ['acme', 'acme/finance'],
  },
  {
    type: 'github',
    keys: { url: 'https://git.example.com' },
    sites: () => createGithub('git.example.com'),
    authorize: 'https://git.example.com/login/oauth/authorize',
    sub: 'them:583231',
    groups: ['acme', 'acme/finance'],
  },
  {
    type: 'gitlab',
    sites: () => createGitlab(),
    authorize: 'https://gitlab.com/oauth/authorize',
    sub: 'them:4217',
    groups: ['acme', 'acme/finance'],
  },
  {
    type: 'gitlab',
    keys: { url: 'git.example.com/gitlab' },
    sites: () => createGitlab('https://git.example.com/gitlab'),
    authorize: 'https://git.example.com/gitlab/oauth/authorize',
    sub: 'them:4217',
    groups: ['acme', 'acme/finance'],
  },
  {
    type: 'bitbucket',
    sites: () => createBitbucket(),
    authorize: 'https://bitbucket.org/site/oauth2/authorize',
    sends: { scope: 'account email' },
    sub: 'them:d301aafa-d676-4ee0-88be-962be7417567',
    groups: ['acme'],
  },
  {
    type: 'google',
    keys: { allow: { hosted_domains: ['example.com'] } },
    sites: () => createGoogle(),
    authorize: 'https://accounts.google.com/o/oauth2/v2/auth',
    sends: { hd: 'example.com', scope: 'openid email profile' },
    sub: 'them:110169484474386276334',
    groups: [],
  },
  {
    type: 'azurev2',
    keys: { tenant: TENANT },
    sites: () => createMicrosoft(2, TENANT),
    authorize: `https://login.microsoftonline.com/${TENANT}/oauth2/v2.0/authorize`,
    sends: { scope: 'openid email profile offline_access User.Read' },
    sub: `them:${TENANT}/${PERSON}`,
    groups: [],
    email: '',
  },
  ...(['azure', 'azurev2'] as const).map((type) => ({
    type,
    keys: { tenant: 'acme.onmicrosoft.com' },
    sites: () => createMicrosoft(type === 'azure' ? 1 : 2, 'acme.onmicrosoft.com'),
    authorize: `https://login.microsoftonline.com/acme.onmicrosoft.com/oauth2/${type === 'azure' ? '' : 'v2.0/'}authorize`,
    sub: `them:${TENANT}/${PERSON}`,
    groups: [],
    email: '',
  })),
  {
    type: 'azurev2',
    keys: { allow: { tenants: [TENANT] } },
    sites: () => createMicrosoft(2, 'common'),
    authorize: 'https://login.microsoftonline.com/common/oauth2/v2.0/authorize',
    sub: `them:${TENANT}/${PERSON}`,
    groups: [],
    email: '',
  },
  {
    type: 'azure',
    keys: { tenant: 'organizations', user_claim: 'unique_name', shares_user_names: true },
    sites: () => createMicrosoft(1, 'organizations'),
    authorize: 'https://login.microsoftonline.com/organizations/oauth2/authorize',
    sends: { resource: 'https://graph.microsoft.com' },
    sub: `them:${TENANT}/${PERSON}`,
    groups: [],
    email: '',
  },
  {
    type: 'okta',
    keys: { url: 'https://acme.okta.com' },
    sites: () => createOkta(),
    authorize: 'https://acme.okta.com/oauth2/default/v1/authorize',
    sub: 'them:00uid4BxXw6I6TV4m0g3',
    groups: ['Everyone', 'Finance'],
  },
  {
    type: 'okta',
    keys: { url: 'acme.okta.com', server: '' },
    sites: () => createOkta(''),
    authorize: 'https://acme.okta.com/oauth2/v1/authorize',
    sub: 'them:00uid4BxXw6I6TV4m0g3',
    groups: ['Everyone', 'Finance'],
  },
  {
    type: 'auth0',
    keys: { subdomain: 'acme.eu', groups_claim: 'https://example.com/roles' },
    sites: () => createAuth0(),
    authorize: 'https://acme.eu.auth0.com/authorize',
    sub: 'them:auth0|5f7c8ec7c33c6c004bbafe82',
    groups: ['finance'],
  },
  {
    type: 'auth0',
    keys: { domain: 'login.example.com' },
    sites: () => createAuth0('login.example.com'),
    authorize: 'https://login.example.com/authorize',
    sub: 'them:auth0|5f7c8ec7c33c6c004bbafe82',
    groups: [],
  },
  {
    type: 'keycloak',
    keys: { url: 'https://login.example.com/auth', realm: 'acme' },
    sites: () => createKeycloak('https://login.example.com/auth'),
    authorize: 'https://login.example.com/auth/realms/acme/protocol/openid-connect/auth',
    sub: 'them:f1b8c6e2-1111-4222-8333-944455556666',
    groups: ['staff', 'staff/finance'],
  },
  ...['oauth2', 'generic'].map((type) => ({
    type,
    keys: { ...PLAIN, subject_claim: 'id', groups_claim: 'groups' },
    sites: () => createPlain(),
    authorize: PLAIN.authorize_url,
    sub: 'them:42',
    groups: ['finance'],
  })),
  {
    type: 'auth_code',
    keys: { ...PLAIN, subject_claim: 'id', scope: '' },
    sites: () => createPlain(true),
    authorize: PLAIN.authorize_url,
    sub: 'them:42',
    groups: [],
  },
];

describe('a provider of each type', () => {
  it.each(CASES)('$type $keys signs somebody in, by an id that never changes', async (one) => {
    const { sites } = await one.sites();
    await using stage = await startNamedStage({ sites, provider: { type: one.type, ...one.keys } });
    const walker = stage.browser();
    expect((await stage.signIn(walker)).status).toBe(200);
    expect(await stage.who(walker)).toMatchObject({
      ...{ sub: one.sub, name: 'Mica Öz', email: one.email ?? 'mica@example.com', groups: one.groups },
    });
    const { origin, pathname, searchParams } = stage.begun();
    expect(origin + pathname).toBe(one.authorize);
    expect(Object.fromEntries(searchParams)).toMatchObject({
      ...{ response_type: 'code', client_id: 'dashgate-at-them', code_challenge_method: 'S256' },
      redirect_uri: `${stage.gate.origin}/_dashgate/oauth/them/callback`,
      ...one.sends,
    });
  });
});
