import type { AccessRequest } from '../access/request.ts';
import { covers } from '../access/resource.ts';
import type { Config } from '../config/schema/config.ts';
import { createApiAuthenticator } from '../identity/api-tokens/authenticator.ts';
import { type ApiTokenReader, createApiTokenReader, type ReaderOptions } from '../identity/api-tokens/reader.ts';
import { type ApiApp, apiAppOf } from '../identity/api-tokens/sites.ts';
import type { Authenticator } from '../identity/authenticate.ts';
import type { GateParts } from './parts.ts';

export interface OpenedApiTokens {
  readonly appOf: (name: string) => ApiApp | null;
  readonly reader: ApiTokenReader;
  readonly byApiToken: Authenticator<AccessRequest>;
  /** For what is open: judging it is no use of a token. */
  readonly byHeldToken: Authenticator<AccessRequest>;
}

/** What clients of Tableau's REST API are given as they sign in, by one version of the configuration. */
export function openApiTokens(
  { apps, server }: Pick<Config, 'apps' | 'server'>,
  { apiTokens: tokens, live }: Pick<GateParts, 'apiTokens' | 'live'>,
  found: Pick<ReaderOptions, 'owners' | 'admits' | 'connected' | 'identityOf'>,
): OpenedApiTokens {
  const space = server.publicUrl.origin;
  const byName = new Map(apps.map((app) => [app.name, apiAppOf(app, space)]));
  const appOf = (name: string): ApiApp | null => byName.get(name) ?? null;
  const reader = createApiTokenReader({
    ...{ ...found, tokens },
    mayUse: ({ name }, { resource }, { allowedResources }) =>
      resource === null || allowedResources.some((grant) => covers(grant, { app: name, name: resource })),
  });
  return {
    ...{ appOf, reader },
    byApiToken: createApiAuthenticator<AccessRequest>({
      ...{ appOf, reader },
      note({ token, session, identity }, { clientAddress: address, headers }) {
        tokens.noteUse(token);
        live.note(session, { user: identity.user, address, agent: headers['user-agent'] });
      },
    }),
    byHeldToken: createApiAuthenticator<AccessRequest>({ appOf, reader, note: () => {} }),
  };
}
