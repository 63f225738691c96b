import type { Person } from '../../directories/directory.ts';
import { meet } from '../../lib/grant.ts';
import type { Session } from '../../session/session.ts';
import type { RejectionReason } from '../authenticate.ts';
import type { ConnectedApps } from '../connected/connected-apps.ts';
import type { IdentityOf } from '../identities.ts';
import type { Identity } from '../identity.ts';
import type { Owners } from '../tokens/owners.ts';
import type { ApiToken } from './api-token.ts';
import type { ApiTokens } from './api-tokens.ts';
import { type ApiApp, type Site, siteOf } from './sites.ts';

/** A token that counts, with who holds it today. */
export interface HeldToken {
  readonly kind: 'open';
  readonly token: ApiToken;
  readonly session: Session;
  readonly site: Site;
  readonly identity: Identity;
}

type NoToken = { readonly kind: 'no'; readonly reason: RejectionReason; readonly sub: string };

/** Reads the tokens of one version of the configuration. */
export interface ApiTokenReader {
  /** @throws StoreUnavailable, DirectoryUnavailable where it could not be found out */
  read(text: string, app: ApiApp): Promise<HeldToken | NoToken>;
  /** Who somebody is today, as far as a token of theirs is good for it; `null`: nobody, or they may not use that site. */
  identify(token: Omit<ApiToken, 'id' | 'madeSec' | 'endsSec'>, app: ApiApp): Promise<Identity | null>;
}

export interface ReaderOptions {
  readonly tokens: ApiTokens;
  readonly owners: Owners;
  /** Whether a provider of the same people, if there is one, lets somebody in. */
  readonly admits: (person: Person) => boolean;
  readonly connected: Pick<ConnectedApps, 'identify' | 'find'>;
  readonly identityOf: IdentityOf;
  readonly mayUse: (app: ApiApp, site: Site, identity: Identity) => boolean;
}

export function createApiTokenReader(options: ReaderOptions): ApiTokenReader {
  const { tokens, owners, admits, connected, identityOf, mayUse } = options;

  const personOf = async ({ sub, vouching, amr, authTimeSec }: Holder, app: ApiApp): Promise<Identity | null> => {
    if (vouching) {
      const opens = connected.find(vouching.client)?.apps ?? [];
      if (!opens.includes('_all_') && !opens.includes(app.name)) return null;
      const identity = await connected.identify(vouching);
      return identity?.sub === sub ? identity : null;
    }
    const person = await owners.find(sub);
    return person && admits(person) ? identityOf(person, { amr, authTimeSec }) : null;
  };

  const identify: ApiTokenReader['identify'] = async (token, app) => {
    const site = siteOf(app, token.site);
    const identity = site && (await personOf(token, app));
    if (!site || !identity) return null;
    const { scope } = token;
    const narrowed =
      scope === null ? identity : { ...identity, scope, allowedResources: meet(scope, identity.allowedResources) };
    return mayUse(app, site, narrowed) ? narrowed : null;
  };

  return {
    identify,
    async read(text, app) {
      const found = await tokens.find(text, app);
      if (found.kind === 'no') return found;
      const { token } = found;
      const { sub } = token;
      const site = siteOf(app, token.site);
      if (token.app !== app.name) return { kind: 'no', reason: 'bad-token', sub };
      const identity = site && (await identify(token, app));
      return site && identity ? { ...found, site, identity } : { kind: 'no', reason: 'token-revoked', sub };
    },
  };
}

type Holder = Pick<ApiToken, 'sub' | 'vouching' | 'amr' | 'authTimeSec'>;
