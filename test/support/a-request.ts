import type { IncomingHttpHeaders } from 'node:http';
import type { App } from '../../src/access/app.ts';
import { compileApp } from '../../src/access/compile-app.ts';
import { demandOf } from '../../src/access/demand.ts';
import type { AccessRequest } from '../../src/access/request.ts';
import { kindOf } from '../../src/apps/kinds.ts';
import type { AppConfig } from '../../src/config/schema/config.ts';
import type { Identity } from '../../src/identity/identity.ts';
import { parseTarget } from '../../src/lib/target.ts';
import { OWN } from './own-paths.ts';

/** An app as the configuration has it, at http://dash.example.com/, with hr guarded and the rest for whoever is signed in. */
export const compiled = (changes: Partial<AppConfig> = {}): App =>
  compileApp(
    {
      name: 'sales',
      title: null,
      at: { origin: 'http://dash.example.com', host: 'dash.example.com', isHttps: false, prefix: '/' },
      upstream: { kind: 'unix', socketPath: '/nowhere.sock', path: null },
      upstreamTls: null,
      kind: 'web',
      resource: null,
      resources: [{ resource: 'hr', paths: ['/hr', '/hr/**'] }],
      open: ['/**'],
      networks: null,
      require: null,
      public: [],
      guests: [],
      loginPath: null,
      logoutPath: null,
      credentials: ['cookie', 'basic'],
      tableau: null,
      hasTableauKeys: false,
      isEmbedded: false,
      identity: ['headers'],
      identityHeaders: [],
      assertion: { algorithm: 'EdDSA', isBearer: false },
      namedHeaders: [],
      namedHosts: [],
      hasNotice: false,
      rewrite: null,
      signedCookie: null,
      encryptedCookie: null,
      panelCookies: null,
      pageTokens: 'whole',
      origins: [],
      realm: null,
      sections: null,
      delegation: null,
      tableauServer: null,
      upstreamAuth: 'none',
      upstreamCredentials: null,
      timeoutMs: 1000,
      ...changes,
    },
    OWN,
    kindOf({ kind: changes.kind ?? 'web' }),
  );

/** What a browser sends when a person opens a page. */
export const NAVIGATION: IncomingHttpHeaders = {
  accept: 'text/html,*/*;q=0.8',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-dest': 'document',
  'sec-fetch-site': 'none',
};

/** A request as an adapter reads it. */
export function aRequest(
  uri = '/',
  { app = compiled(), ...changes }: Partial<Omit<AccessRequest, 'target'>> = {},
): AccessRequest {
  const target = parseTarget(uri, app.host);
  return {
    id: 'request-1',
    method: 'GET',
    target,
    app,
    ...demandOf(app, target.decodedPath),
    headers: {},
    clientAddress: '203.0.113.9',
    isAddressKnown: true,
    isUpgrade: false,
    ...changes,
  };
}

export const anIdentity = (user: string, ...allowedResources: readonly string[]): Identity => ({
  sub: `file:${user}`,
  user,
  name: user.toUpperCase(),
  email: `${user}@example.com`,
  groups: ['staff'],
  allowedResources,
  amr: ['pwd'],
  authTimeSec: 1_800_000_000,
});
