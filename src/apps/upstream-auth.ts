import type { App } from '../access/app.ts';
import { isLeftOpen } from '../access/demand.ts';
import type { AppConfig } from '../config/schema/config.ts';
import { schemeOf } from '../identity/basic.ts';
import { tokenInBasic } from '../identity/bearer.ts';
import type { Identity } from '../identity/identity.ts';
import { claimsToBeToken } from '../identity/tokens/token-format.ts';
import { readSecretLine } from '../lib/secret-line.ts';
import type { Target } from '../lib/target.ts';
import type { Log } from '../telemetry/log.ts';
import { basicUserFor, delegateOf } from './delegation.ts';
import { watchSecret } from './watched-secret.ts';

/**
 * The whole `Authorization` header that the upstream of an app gets for what a client sent; empty: none.
 * @param given - the client's own, empty where it sent none
 */
export type AuthorizationFor = (asked: AskedOfUpstream, given: string) => string;

/** A request that may pass. */
export interface AskedOfUpstream {
  readonly app: App;
  readonly method: string;
  readonly target: Target;
  /** Who is let through. */
  readonly identity: Identity;
}

export interface UpstreamAuth {
  readonly authorizationFor: AuthorizationFor;
  close(): void;
}

/**
 * Opens the service credentials that apps send to their upstreams, and reads each again when its file changes.
 * Throws ConfigInvalid where one cannot be used.
 */
export function openUpstreamAuth(apps: readonly AppConfig[], log: Log): UpstreamAuth {
  using opening = new DisposableStack();
  const fixed = new Map<string, ServiceCredential>();
  for (const { name, upstreamCredentials } of apps) {
    if (!upstreamCredentials) continue;
    const what = 'upstream credentials';
    const stop = watchSecret(upstreamCredentials.passwordFile, { what, app: name, log }, () => {
      const { credential, warning } = readCredentials(upstreamCredentials);
      if (warning) log.warn(warning);
      fixed.set(name, credential);
    });
    opening.defer(stop);
  }
  const opened = opening.move();
  return {
    authorizationFor({ app, method, target, identity }, given) {
      // It says who is there: a client has no word in it.
      if (app.upstreamAuth === 'told') return '';
      if (app.upstreamAuth === 'own') return app.credentials.includes('bearer') && carriesPersonal(given) ? '' : given;
      // Where nobody has to sign in, whoever reaches the check listener could ask for it.
      if (app.upstreamAuth === 'fixed')
        return isLeftOpen(app, target.decodedPath, method) ? '' : serviceHeader(app, identity, fixed.get(app.name));
      return isConsumed(app, given) ? '' : given;
    },
    close: () => opened.dispose(),
  };
}

/** What dashgate itself is known by to an upstream. */
interface ServiceCredential {
  readonly user: string;
  readonly password: string;
  /** The whole header. */
  readonly header: string;
}

const basicHeader = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

/** Where it says for whom it acts, and there is nobody who could be told, nothing is sent. */
function serviceHeader(app: App, identity: Identity, credential: ServiceCredential | undefined): string {
  if (!credential) return '';
  if (app.delegation?.by !== 'basic_user') return credential.header;
  const delegate = delegateOf(app, identity);
  if (delegate.kind === 'untellable') return '';
  if (delegate.kind === 'none') return credential.header;
  return basicHeader(basicUserFor(app.delegation.name, credential.user, delegate.user), credential.password);
}

/** `Basic` and `Bearer` are ours to check where the app lists them; no other scheme is touched. */
export function isConsumed({ credentials }: Pick<App, 'credentials'>, authorization: string): boolean {
  const scheme = schemeOf(authorization);
  return (scheme === 'basic' || scheme === 'bearer') && credentials.includes(scheme);
}

/** A personal access token opens all that its owner may open: no dashboard is to learn one. */
const carriesPersonal = (given: string): boolean =>
  tokenInBasic(given) !== null || (schemeOf(given) === 'bearer' && claimsToBeToken(given.trim().slice(6).trim()));

/** The credential of a user and the password in a file. Throws ConfigInvalid. */
export function readCredentials({ user, passwordFile }: NonNullable<AppConfig['upstreamCredentials']>): {
  credential: ServiceCredential;
  warning: string | null;
} {
  const { text: password, warning } = readSecretLine(passwordFile, { what: 'password file', held: 'password' });
  return { credential: { user, password, header: basicHeader(user, password) }, warning };
}
