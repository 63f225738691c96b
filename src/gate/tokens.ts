import type { AccessRequest } from '../access/request.ts';
import type { Config } from '../config/schema/config.ts';
import type { Directory, Person } from '../directories/directory.ts';
import type { Authenticator } from '../identity/authenticate.ts';
import { createBearerAuthenticator } from '../identity/bearer.ts';
import type { IdentityOf } from '../identity/identities.ts';
import type { IssuedTokens } from '../identity/issuers/issued-tokens.ts';
import type { OfferedTokens } from '../identity/tokens/offered.ts';
import { createOwners, type Owners } from '../identity/tokens/owners.ts';
import type { Providers } from '../providers/registry.ts';
import type { Session } from '../session/session.ts';
import { createAudit } from '../telemetry/audit.ts';
import { errorFields } from '../telemetry/log.ts';
import type { GateParts } from './parts.ts';

export interface Tokens {
  /** `null`: nobody may have any. */
  readonly offered: OfferedTokens | null;
  readonly byToken: Authenticator<AccessRequest>;
  /** For what is open: judging it is no use of a token. */
  readonly byHeldToken: Authenticator;
  readonly owners: Owners;
  /** Whether a provider of the same people, if there is one, lets somebody in. */
  readonly admits: (person: Person) => boolean;
  /** Takes in what a provider says of somebody who is signed in. Never rejects. */
  onVouched(session: Session): Promise<void>;
}

interface Found {
  readonly directory: Directory;
  readonly providers: Providers;
  readonly identityOf: IdentityOf;
}

/** The tokens of machines, by one version of the configuration. */
export function openTokens(config: Config, parts: GateParts, { directory, providers, identityOf }: Found): Tokens {
  const { personalTokens: tokens, sessions, vouched, clock, log } = parts;
  const { personalTokens: limits, tokenIssuers: issuers, grants, apps } = config;
  const isTaken = apps.some(({ credentials }) => credentials.includes('bearer') || credentials.includes('tableau'));
  const personal = limits.isOn && isTaken ? tokens : null;
  let opened: Promise<IssuedTokens> | null = null;
  const open = async (): Promise<IssuedTokens> => {
    // Loaded with the first token: most installations take none.
    const { createIssuedTokens } = await import('../identity/issuers/issued-tokens.ts');
    return createIssuedTokens({ issuers, knownGroups: new Set(Object.keys(grants.groups)), clock });
  };
  const issued: IssuedTokens = {
    async find(text) {
      opened ??= open().catch((error: unknown) => {
        opened = null;
        throw error;
      });
      return (await opened).find(text);
    },
  };
  const owners = createOwners({ directory, providers, vouched, providerAgeSec: limits.providerAgeSec, clock });
  const admits = (person: Person): boolean => providers.findBySub(person.sub)?.admits(person) ?? true;
  const shared = { issued, sessions, personal, owners, admits, identityOf };
  const audit = createAudit(log);
  return {
    ...{ owners, admits },
    offered: personal && { tokens: personal, owners, limits },
    byToken: createBearerAuthenticator<AccessRequest>({
      ...shared,
      note(token, { id, app, clientAddress }) {
        if (!tokens.noteUse(token)) return;
        const what = `token ${token.id}`;
        audit({ event: 'token-used', who: token.sub, what, why: app.name, from: clientAddress, request: id });
      },
    }),
    byHeldToken: createBearerAuthenticator({ ...shared, note: () => {} }),
    async onVouched(session) {
      const told = personal && limits.providerAgeSec !== null ? providers.toldOf(session) : null;
      if (!told) return;
      try {
        await vouched.note(session, told);
      } catch (error) {
        log.warn('what a provider said is not kept for tokens', errorFields(error));
      }
    },
  };
}
