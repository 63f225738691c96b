import type { App } from '../../access/app.ts';
import type { AppConfig } from '../../config/schema/config.ts';
import type { Identity } from '../../identity/identity.ts';
import { type Clock, nowSec } from '../../lib/clock.ts';
import { mintConnectedToken } from '../../lib/mint-connected-token.ts';
import { readSecretLine } from '../../lib/secret-line.ts';
import type { End } from '../../session/revocations.ts';
import { errorFields, type Log } from '../../telemetry/log.ts';
import { namedBy } from '../delegation.ts';
import { watchSecret } from '../watched-secret.ts';
import { type ApiTokens, createApiTokens } from './api-tokens.ts';
import { createTableauRest } from './rest.ts';

type Server = NonNullable<AppConfig['tableauServer']>;

/** A connected app's token for a page. */
export interface PageToken {
  readonly token: string;
  /** NumericDate. */
  readonly endsSec: number;
  readonly server: string;
  readonly site: string;
}

/** dashgate as the host application of a Tableau: it vouches for its users there. */
export interface Vouching {
  /** What Tableau calls somebody; `null`: they have no name there. */
  userOf(identity: Identity): string | null;
  /** For `<tableau-viz token>`; counts once. */
  pageToken(user: string): Promise<PageToken>;
  readonly api: ApiTokens;
}

export interface Vouchings {
  of(app: Pick<App, 'name'>): Vouching | null;
  /** A session of ours has ended, or all of somebody's. */
  sessionEnded(end: Pick<End, 'jti' | 'sub'>): void;
  close(): void;
}

/** For a sign-in by ourselves, which is under way at once. */
const SIGN_IN_SEC = 60;

export interface VouchingsOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** In place of the network. */
  readonly fetch?: typeof globalThis.fetch | undefined;
}

/** @throws ConfigInvalid where a secret cannot be used */
export function openVouchings(apps: readonly AppConfig[], { clock, log, fetch }: VouchingsOptions): Vouchings {
  using opening = new DisposableStack();
  const all = new Map<string, Vouching>();
  for (const { name, tableauServer } of apps) {
    if (!tableauServer) continue;
    let secret = tableauServer.secret.kind === 'text' ? tableauServer.secret.text : '';
    if (tableauServer.secret.kind === 'file') {
      const { file } = tableauServer.secret;
      const stop = watchSecret(file, { what: 'secret of tableau_server', app: name, log }, () => {
        const { text, warning } = readSecretLine(file, { what: 'secret of a connected app', held: 'secret' });
        if (warning) log.warn(warning);
        secret = text;
      });
      opening.defer(stop);
    }
    const vouching = createVouching(tableauServer, () => secret, { app: name, clock, log, fetch });
    opening.defer(() => vouching.api.close());
    all.set(name, vouching);
  }
  const opened = opening.move();
  return {
    of: ({ name }) => all.get(name) ?? null,
    sessionEnded(end) {
      for (const { api } of all.values()) api.sessionEnded(end);
    },
    close: () => opened.dispose(),
  };
}

function createVouching(
  { server, site, apiVersion, clientId, secretId, tells, scopes, apiScopes, lifetimeSec }: Server,
  secretOf: () => string,
  { app, clock, log, fetch }: VouchingsOptions & { readonly app: string },
): Vouching {
  // check-tableau.ts refuses an upstream without an address of its own.
  const place = server ?? '';
  const mint = (sub: string, wanted: readonly string[], expSec: number): Promise<string> =>
    mintConnectedToken({ clientId, secretId, secret: secretOf() }, { sub, scopes: wanted, expSec });
  return {
    userOf(identity) {
      const found = namedBy(tells, identity);
      return found.kind === 'user' ? found.user : null;
    },
    async pageToken(user) {
      const endsSec = nowSec(clock) + lifetimeSec;
      return { token: await mint(user, scopes, endsSec), endsSec, server: place, site };
    },
    api: createApiTokens({
      rest: createTableauRest({ server: place, apiVersion, site }, { fetch }),
      mint: (user) => mint(user, apiScopes, nowSec(clock) + SIGN_IN_SEC),
      clock,
      warn: (line, why) => log.warn(line, { app, ...errorFields(why) }),
    }),
  };
}
