import type { AccessRequest } from '../access/request.ts';
import type { Judge } from '../adapters/answer.ts';
import { createJudge } from '../adapters/judge.ts';
import type { Config } from '../config/schema/config.ts';
import {
  createEmbedAuthenticator,
  createEmbedFinder,
  createHeldEmbed,
  type FindEmbedded,
} from '../embedding/authenticator.ts';
import { type Acting, createActing } from '../identity/acting.ts';
import { type Attempts, createAttempts } from '../identity/attempts.ts';
import type { Authenticator } from '../identity/authenticate.ts';
import { createBasicAuthenticator } from '../identity/basic.ts';
import type { ConnectedApps } from '../identity/connected/connected-apps.ts';
import { createIdentityOf, type IdentityOf } from '../identity/identities.ts';
import { type Modes, openModes } from '../identity/modes.ts';
import {
  createCookieAuthenticator,
  createHeldAuthenticator,
  createSessionFinder,
  createSessionOf,
  createSessionReader,
  type SessionFinder,
  type SessionReader,
} from '../identity/session-cookie.ts';
import type { OfferedTokens } from '../identity/tokens/offered.ts';
import { createVerifiedCredentials } from '../identity/verified-credentials.ts';
import type { Providers } from '../providers/registry.ts';
import type { Session } from '../session/session.ts';
import type { SessionCookies } from '../session/session-cookies.ts';
import { type OpenedApiTokens, openApiTokens } from './api-tokens.ts';
import { openConnected } from './connected.ts';
import type { GateParts } from './parts.ts';
import { createSessionUse, noUse, type SessionUse } from './session-use.ts';
import { openTokens } from './tokens.ts';

/** Finds out who asks, by everything that one version of the configuration lets count. */
export interface Identification extends Pick<SessionUse, 'onMessage' | 'onUse'> {
  readonly modes: Modes;
  /** `null`: nobody may have any. */
  readonly tokens: OfferedTokens | null;
  readonly connected: ConnectedApps;
  readonly findEmbedded: FindEmbedded;
  /** What clients of Tableau's API come with. */
  readonly api: Pick<OpenedApiTokens, 'appOf' | 'reader'>;
  /** Told of whoever a provider has just vouched for. Never rejects. */
  readonly onVouched: (session: Session) => Promise<void>;
  readonly identityOf: IdentityOf;
  readonly acting: Acting;
  readonly readSession: SessionReader;
  readonly findSession: SessionFinder;
  readonly attempts: Attempts;
  readonly judge: Judge;
  /** For what is open: judging it is no use of its session. */
  readonly byCookie: Authenticator;
  readonly bySession: (...held: Parameters<ReturnType<typeof createHeldAuthenticator>>) => Authenticator<AccessRequest>;
  /** Ends the sessions of ways to sign in that this version no longer has. */
  noteModes(): void;
  /** Forgets sessions that were sealed for verified credentials: the key ring has changed. */
  forget(): void;
  close(): void;
}

/** @throws ConfigInvalid where a file that the credentials name cannot be used */
export async function openIdentification(
  config: Config,
  parts: GateParts,
  cookies: SessionCookies,
  providers: Providers,
): Promise<Identification> {
  const { sessions, clock, log } = parts;
  using opening = new DisposableStack();
  const noteModes = (): void => parts.noteModes(modes.proofs());
  const modes = await openModes({
    credentials: config.credentials,
    directory: parts.directory,
    remote: parts.remote,
    hasProviders: config.providers.length + config.connectedApps.length > 0,
    queue: parts.hashQueue,
    log,
    onChanged: noteModes,
  });
  opening.defer(modes.close);
  const { directory } = modes;
  const identityOf = createIdentityOf(config.grants);
  const connected = await openConnected(config, parts, identityOf);
  opening.defer(connected.close);
  const tokens = openTokens(config, parts, { directory, providers, identityOf });
  const { owners, admits } = tokens;
  const api = openApiTokens(config, parts, { owners, admits, connected, identityOf });
  const acting = createActing({ impersonation: config.impersonation, directory });
  const finding = { sessions, directory, providers, identityOf, acting, onVouched: tokens.onVouched };
  const findSession = createSessionFinder(finding);
  const readSession = createSessionReader({ ...finding, cookieName: cookies.name });
  const attempts = createAttempts({
    memory: parts.attemptMemory,
    clock,
    isLimited: config.attempts.isLimited,
    longestWaitMs: config.attempts.longestWaitMs,
    shared: [...config.server.trustedProxies, ...config.attempts.sharedAddresses],
  });
  const credentials = createVerifiedCredentials({ directory, sessions, identityOf, attempts, clock });
  opening.defer(credentials.close);

  const { noteOf, useOf, onMessage, onUse } = createSessionUse(parts, cookies);
  const findEmbedded = createEmbedFinder(connected);
  const judge = createJudge(
    [
      // Before all others: what asks from a frame of another's page has no more than the frame.
      createEmbedAuthenticator(parts.embeds, findEmbedded),
      // Before Basic: what is a token is no password.
      tokens.byToken,
      createBasicAuthenticator({
        credentials,
        identityOf,
        clock,
        sessionOf: createSessionOf(readSession),
        noteOf,
        setCookies: cookies.write,
      }),
      api.byApiToken,
      createCookieAuthenticator({ read: readSession, useOf, setCookies: cookies.write }),
    ],
    cookies,
    clock,
  );

  const bySession = createHeldAuthenticator(findSession);
  const byEmbed = createHeldEmbed(parts.embeds, findEmbedded, sessions.isLive);
  const opened = opening.move();
  return {
    modes,
    ...{ connected, api },
    findEmbedded,
    tokens: tokens.offered,
    onVouched: tokens.onVouched,
    identityOf,
    acting,
    readSession,
    findSession,
    attempts,
    judge,
    byCookie: createCookieAuthenticator({ read: readSession, useOf: () => noUse, setCookies: () => [] }),
    bySession(basis, proved) {
      if (basis.by === 'embed') return byEmbed(basis.session);
      if (basis.by === 'tableau') return api.byHeldToken;
      return basis.by === 'bearer' ? tokens.byHeldToken : bySession(basis, proved);
    },
    ...{ onMessage, onUse },
    noteModes,
    forget: credentials.forget,
    close: () => opened.dispose(),
  };
}
