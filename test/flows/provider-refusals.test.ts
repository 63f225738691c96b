import { describe, expect, it } from 'vitest';
import { createBitbucket } from '../support/providers/bitbucket.ts';
import type { Site } from '../support/providers/cloud.ts';
import { createGithub } from '../support/providers/github.ts';
import { createMicrosoft, TENANT } from '../support/providers/microsoft.ts';
import { createGitlab, createGoogle, createKeycloak, createOkta } from '../support/providers/openid-vendors.ts';
import { createPlain, PLAIN } from '../support/providers/plain.ts';
import { startNamedStage } from '../support/providers/stage.ts';

type Stand = { readonly sites: Readonly<Record<string, Site>> };

const OTHER = '0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0';

/** Who may enter, somebody who may by it, and the same person when they may not. */
const CASES: readonly {
  readonly what: string;
  readonly provider: Record<string, unknown>;
  /** @param isIn - whether they are whom the configuration lets in */
  readonly stand: (isIn: boolean) => Stand | Promise<Stand>;
}[] = [
  {
    what: 'an organisation of GitHub',
    provider: { type: 'github', allow: { groups: ['acme'] } },
    stand: (isIn) => Object.assign(createGithub(), { orgs: [{ login: isIn ? 'Acme' : 'Acme-2', id: 1 }], teams: [] }),
  },
  {
    what: 'a team of GitHub, by its organisation too',
    provider: { type: 'github', allow: { groups: ['acme/finance'] } },
    stand: (isIn) =>
      Object.assign(createGithub(), {
        teams: [{ slug: 'finance', organization: { login: isIn ? 'acme' : 'evil' } }],
      }),
  },
  {
    what: 'an address of GitHub that is verified',
    provider: { type: 'github', allow: { emails: ['mica@example.com'] } },
    stand: (isIn) =>
      Object.assign(createGithub(), { emails: [{ email: 'mica@example.com', primary: true, verified: isIn }] }),
  },
  {
    what: 'the first address of GitHub',
    provider: { type: 'github', allow: { email_domains: ['example.com'] } },
    stand: (isIn) =>
      Object.assign(createGithub(), { emails: [{ email: 'mica@example.com', primary: isIn, verified: true }] }),
  },
  {
    what: 'a group of GitLab',
    provider: { type: 'gitlab', allow: { groups: ['acme/finance'] } },
    stand: async (isIn) => {
      const gitlab = await createGitlab();
      gitlab.userInfo.groups = isIn ? ['acme/finance'] : ['acme/finance-2', 'acme'];
      return gitlab;
    },
  },
  {
    what: 'an address of GitLab that is verified',
    provider: { type: 'gitlab', allow: { email_domains: ['example.com'] } },
    stand: async (isIn) => {
      const gitlab = await createGitlab();
      gitlab.userInfo.email_verified = isIn;
      return gitlab;
    },
  },
  {
    what: 'a workspace of Bitbucket',
    provider: { type: 'bitbucket', allow: { groups: ['acme'] } },
    stand: (isIn) => Object.assign(createBitbucket(), { workspaces: [isIn ? 'acme' : 'acme-2'] }),
  },
  {
    what: 'an address of Bitbucket that is confirmed',
    provider: { type: 'bitbucket', allow: { email_domains: ['example.com'] } },
    stand: (isIn) =>
      Object.assign(createBitbucket(), {
        emails: [{ email: 'mica@example.com', is_primary: true, is_confirmed: isIn }],
      }),
  },
  {
    what: 'a hosted domain of Google',
    provider: { type: 'google', allow: { hosted_domains: ['example.com', 'example.org'] } },
    stand: async (isIn) => {
      const google = await createGoogle();
      if (isIn) google.idClaims.hd = 'Example.com';
      else delete google.idClaims.hd;
      return google;
    },
  },
  {
    what: 'a hosted domain of Google, whatever the address is',
    provider: { type: 'google', allow: { hosted_domains: ['example.com'], email_domains: ['example.com'] } },
    stand: async (isIn) => {
      const google = await createGoogle();
      if (!isIn) google.idClaims.hd = 'evil.example.net';
      return google;
    },
  },
  {
    what: 'a tenant of Entra ID',
    provider: { type: 'azurev2', allow: { tenants: [TENANT] } },
    stand: async (isIn) => {
      const microsoft = await createMicrosoft(2, 'common');
      if (isIn) return microsoft;
      microsoft.idClaims.tid = OTHER;
      microsoft.iss = microsoft.iss.replace(TENANT, OTHER);
      return microsoft;
    },
  },
  {
    what: 'a tenant of Entra ID of version 1, whatever the group is',
    provider: { type: 'azure', allow: { tenants: [TENANT], groups: ['finance'] } },
    stand: async (isIn) => {
      const microsoft = await createMicrosoft(1, 'common');
      microsoft.idClaims.groups = ['finance'];
      if (isIn) return microsoft;
      microsoft.idClaims.tid = OTHER;
      microsoft.iss = microsoft.iss.replace(TENANT, OTHER);
      return microsoft;
    },
  },
  {
    what: 'an address of Entra ID whose domain the tenant owns',
    provider: { type: 'azurev2', tenant: TENANT, allow: { email_domains: ['example.com'] } },
    stand: async (isIn) => {
      const microsoft = await createMicrosoft(2, TENANT);
      if (isIn) microsoft.idClaims.xms_edov = '1';
      return microsoft;
    },
  },
  {
    what: 'a group of Entra ID that is one of too many for a token',
    provider: { type: 'azurev2', tenant: TENANT, allow: { groups: [OTHER] } },
    stand: async (isIn) => {
      const microsoft = await createMicrosoft(2, TENANT);
      microsoft.idClaims._claim_names = { groups: 'src1' };
      microsoft.idClaims._claim_sources = { src1: { endpoint: 'https://evil.example.net/getMemberObjects' } };
      microsoft.groups = Array.from({ length: 250 }, (_, i) => `group-${i}`);
      if (isIn) microsoft.groups.push(OTHER);
      return microsoft;
    },
  },
  {
    what: 'a group of Okta',
    provider: { type: 'okta', url: 'https://acme.okta.com', allow: { groups: ['Finance'] } },
    stand: async (isIn) => {
      const okta = await createOkta();
      if (!isIn) okta.userInfo.groups = ['Everyone'];
      return okta;
    },
  },
  {
    what: 'a group of Keycloak, by its path',
    provider: {
      type: 'keycloak',
      url: 'https://login.example.com',
      realm: 'acme',
      allow: { groups: ['staff/finance'] },
    },
    stand: async (isIn) => {
      const keycloak = await createKeycloak();
      if (!isIn) keycloak.idClaims.groups = ['/other/staff/finance', '/staff'];
      return keycloak;
    },
  },
  {
    what: 'a rule about a claim',
    provider: {
      ...{ type: 'oauth2', ...PLAIN, subject_claim: 'id', allow: { groups: ['finance'] } },
      rules: [{ claim: 'org.department', is: ['Finance', 'Audit'], groups: ['finance'] }],
    },
    stand: (isIn) => {
      const plain = createPlain();
      plain.user.org = { department: isIn ? 'Audit' : 'Sales' };
      return plain;
    },
  },
];

describe('where only some may enter', () => {
  it.each(CASES)('$what lets in who has it, and nobody else', async ({ provider, stand }) => {
    for (const isIn of [true, false]) {
      const { sites } = await stand(isIn);
      await using stage = await startNamedStage({ sites, provider });
      const walker = stage.browser();
      const { status, body } = await stage.signIn(walker);
      expect(status).toBe(isIn ? 200 : 403);
      const report = await walker.go(`${stage.gate.origin}/report`);
      expect(report.status).toBe(isIn ? 200 : 302);
      if (isIn) continue;
      expect(body).toContain('not');
      expect(stage.gate.logText()).toMatch(/"why":"not-allowed"/);
    }
  });
});

it('what a rule gives is what the configuration of today has it give', async () => {
  const plain = createPlain();
  plain.user.department = ['Sales', 'Finance'];
  const provider = { id: 'them', client_id: 'dashgate-at-them', type: 'oauth2', ...PLAIN, subject_claim: 'id' };
  const rule = { claim: 'department', is: ['Finance'] };
  await using stage = await startNamedStage({
    sites: plain.sites,
    provider: { ...provider, rules: [{ ...rule, resources: ['hr'] }] },
  });
  const walker = stage.browser();
  await stage.signIn(walker);
  const hr = async () => (await walker.go(`${stage.gate.origin}/hr`)).status;
  expect(await hr()).toBe(200);
  const become = (rules: readonly unknown[]) => stage.gate.reconfigure({ providers: [{ ...provider, rules }] });
  await become([{ ...rule, groups: ['staff'] }]);
  expect([await hr(), (await stage.who(walker)).groups]).toEqual([403, ['staff']]);
  await become([{ ...rule, is: ['Finance', 'Legal'], resources: ['hr'] }]);
  expect(await hr()).toBe(403);
  await become([{ ...rule, resources: ['hr'] }]);
  expect(await hr()).toBe(200);
});
