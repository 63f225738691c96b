import type { ConnectedAppConfig } from '../../config/schema/config.ts';
import type { Directory } from '../../directories/directory.ts';
import { DashgateError } from '../../errors.ts';
import { type Clock, nowSec } from '../../lib/clock.ts';
import type { SessionStore } from '../../session/store.ts';
import type { Audit } from '../../telemetry/audit.ts';
import type { Log } from '../../telemetry/log.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import type { IdentityOf } from '../identities.ts';
import { checkClaims } from './check-claims.ts';
import type { At, ConnectedApps, Vouched, Vouching } from './connected-apps.ts';
import { allowedOf, readOnDemand } from './on-demand.ts';
import { type ParsedToken, parseToken } from './parse-token.ts';
import { createFindIdentity, findSubject, personalClaims } from './people.ts';
import { type Refusal, refuse } from './refusal.ts';
import { openSecrets } from './secrets.ts';
import { tell } from './tell.ts';
import { createTrust, type Trust } from './trust.ts';
import { createUsedTokens } from './used-tokens.ts';

export interface OpenConnectedOptions {
  readonly apps: readonly ConnectedAppConfig[];
  /** Whose users are those of `users: directory`. */
  readonly directory: Pick<Directory, 'find' | 'current' | 'lookUp'>;
  readonly identityOf: IdentityOf;
  readonly once: SessionStore['once'];
  readonly clock: Clock;
  readonly log: Pick<Log, 'info' | 'warn' | 'error'>;
  readonly audit: Audit;
  readonly metrics: Pick<Metrics, 'connectedToken'>;
}

interface Trusted {
  readonly app: ConnectedAppConfig;
  readonly trust: Trust;
}

/** @throws ConfigInvalid where a secret cannot be used */
export function openConnectedApps(options: OpenConnectedOptions): ConnectedApps {
  const { apps, directory, identityOf, once, clock, log, audit, metrics } = options;
  const secrets = openSecrets(apps, log);
  const byIssuer = new Map(
    apps.map((app): [string, Trusted] => {
      const issuer = app.trust.kind === 'issuer' ? app.trust.issuer : app.clientId;
      return [issuer, { app, trust: createTrust(app, { secrets, clock, log }) }];
    }),
  );
  const enabled = new Map(apps.filter(({ isEnabled }) => isEnabled).map((app) => [app.clientId, app]));
  const used = createUsedTokens({ once, clock });
  const findIdentity = createFindIdentity({ directory, identityOf });

  const identify = async (vouching: Vouching) => {
    const app = enabled.get(vouching.client);
    if (!app?.scopes.some((scope) => vouching.scopes.includes(scope))) return null;
    return await findIdentity(vouching, app);
  };
  /** Whose it is, and that it is so: nothing else of a token counts before that. */
  const verified = async (text: string): Promise<(Trusted & { token: ParsedToken }) | Refusal> => {
    if (byIssuer.size === 0) return refuse('FEATURE_NOT_ENABLED', 'no connected app is configured');
    const token = parseToken(text);
    if ('kind' in token) return token;
    const found = byIssuer.get(token.issuer);
    if (!found) return unknownClient(token.issuer);
    if (!found.app.isEnabled) return refuse('CONNECTED_APP_DISABLED', 'this connected app is disabled');
    return (await found.trust.verify(text, token)) ?? { ...found, token };
  };
  const take = async (text: string, at: At, page: string | undefined): Promise<Vouched | Refusal> => {
    const found = await verified(text);
    if ('kind' in found) return found;
    const { app, token } = found;
    if (page !== undefined && !app.domains.includes(page))
      return refuse(
        'DOMAIN_RESTRICTION',
        'the page that brought the token is none of the domains of this connected app',
      );
    const checked = checkClaims(token.claims, app, at, nowSec(clock));
    if ('kind' in checked) return checked;
    const given = readOnDemand(token.claims);
    if ('kind' in given) return given;
    const personal = personalClaims(token.claims, app);
    if (!personal) return refuse('LOGIN_FAILED', `${app.userClaim} is not the name of a user`);
    const sub = await findSubject(directory, checked.sub, app);
    const counted = { ...personal, ...allowedOf(given, app.onDemand), scopes: checked.scopes };
    const vouching = sub !== null && { client: app.clientId, sub, ...counted };
    const identity = vouching && (await findIdentity(vouching, app));
    if (!vouching || !identity) return refuse('SYSTEM_USER_NOT_FOUND', 'there is no user of that name (sub)');
    // Last: nobody uses up the token of somebody else, nor one that may be brought again where it is good.
    if (!(await used.use(app.clientId, checked.jti, checked.ends)))
      return refuse('JTI_ALREADY_USED', 'this token was used before; make a new one for each use');
    const { scopes, jti, ends } = checked;
    return { kind: 'vouched', client: app.clientId, identity, scopes, jti, ends, vouching };
  };

  return {
    async read(text, at, asked) {
      try {
        const answer = await take(text, at, asked.page);
        metrics.connectedToken(at, answer.kind === 'vouched' ? 'taken' : `${answer.code}`);
        tell(audit, text, answer, at, asked);
        return answer;
      } catch (error) {
        const code = error instanceof DashgateError ? error.code : 'ERR_UNEXPECTED';
        metrics.connectedToken(at, code);
        tell(audit, text, code, at, asked);
        throw error;
      }
    },
    identify,
    find: (clientId) => enabled.get(clientId) ?? null,
    close: secrets.close,
  };
}

const unknownClient = (issuer: string): Refusal =>
  /^https?:/i.test(issuer)
    ? refuse('ISSUER_NOT_FOUND', 'there is no connected app of that issuer (iss)')
    : refuse('CONNECTED_APP_NOT_FOUND', 'there is no connected app of that client id (iss)');
