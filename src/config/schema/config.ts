import { resolve } from 'node:path';
import * as z from 'zod';
import type { Origin } from './address.ts';
import { admin, settleAdmin } from './admin.ts';
import { apps, settleApps } from './apps.ts';
import { attempts, settleAttempts } from './attempts.ts';
import { connectedApps, isEmbedded, settleConnectedApps } from './connected-apps.ts';
import { credentials, settleCredentials } from './credentials.ts';
import { directories, settleDirectories } from './directories.ts';
import { grants, settleGrants } from './grants.ts';
import { impersonation, settleImpersonation } from './impersonation.ts';
import { log, settleLog } from './log.ts';
import { login, settleLogin } from './login.ts';
import { personalTokens, settlePersonalTokens } from './personal-tokens.ts';
import { providers, settleProviders } from './providers.ts';
import { server, settleServer } from './server.ts';
import { session, settleSession } from './session.ts';
import { settleTokenIssuers, tokenIssuers } from './token-issuers.ts';
import { file } from './values.ts';

/** The file, key by key, in the order in which the reference prints it. */
export const configSchema = z.strictObject({
  server,
  admin,
  state: file.prefault('./state').meta({
    title: 'folder',
    description: 'Where dashgate keeps what must outlive a restart. Made with mode 700.',
  }),
  session,
  login,
  attempts,
  credentials,
  directories,
  providers,
  token_issuers: tokenIssuers,
  connected_apps: connectedApps,
  personal_tokens: personalTokens,
  impersonation,
  grants,
  apps,
  log,
});

/** What the schema hands over: under the names of the file, each value parsed. */
export type ReadConfig = z.output<typeof configSchema>;

/**
 * From the names of the file to the names of the house, with the defaults that depend on other keys.
 * @param folder - what a relative `state` (its default is one) is relative to
 */
export function settle(read: ReadConfig, publicUrl: Origin, folder: string) {
  const state = resolve(folder, read.state);
  const connectedApps = settleConnectedApps(read.connected_apps);
  return {
    server: settleServer(read.server, publicUrl),
    admin: settleAdmin(read.admin),
    state,
    session: settleSession(read.session, state, publicUrl.isHttps),
    login: settleLogin(read.login),
    attempts: settleAttempts(read.attempts),
    credentials: settleCredentials(read.credentials),
    directories: settleDirectories(read.directories),
    providers: settleProviders(read.providers, { folder, state }),
    tokenIssuers: settleTokenIssuers(read.token_issuers),
    connectedApps,
    personalTokens: settlePersonalTokens(read.personal_tokens),
    impersonation: settleImpersonation(read.impersonation),
    grants: settleGrants(read.grants),
    apps: settleApps(read.apps, publicUrl).map((app) => ({ ...app, isEmbedded: isEmbedded(app.name, connectedApps) })),
    log: settleLog(read.log),
  };
}

/**
 * The whole configuration: frozen to its leaves, every file name absolute, no default left to guess.
 * A room takes its slice: `Config['session']`.
 */
export type Config = DeepReadonly<ReturnType<typeof settle>>;
export type AppConfig = Config['apps'][number];
export type ProviderConfig = Config['providers'][number];
export type TokenIssuerConfig = Config['tokenIssuers'][number];
export type ConnectedAppConfig = Config['connectedApps'][number];

export type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T;

/** Freezes a tree of plain values. */
export function deepFreeze<T>(value: T): DeepReadonly<T>;
export function deepFreeze(value: unknown): unknown {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) deepFreeze(part);
  }
  return value;
}
