import type { RequestListener } from 'node:http';
import express from 'express';
import { createAccessRequest, type ReadOptions } from '../adapters/incoming.ts';
import type { Vouchings } from '../apps/tableau/vouching.ts';
import type { Config } from '../config/schema/config.ts';
import { createEmbedRoutes } from '../embedding/routes.ts';
import { createOwnPages, type OwnPagesOptions } from '../http/own-pages.ts';
import { parseTarget } from '../lib/target.ts';
import type { Desk } from '../login/desk.ts';
import { createDeviceCookie } from '../login/device-cookie.ts';
import type { Elsewhere } from '../login/elsewhere.ts';
import { createPendingLogins } from '../login/pending-login.ts';
import { createLoginRoutes } from '../login/routes.ts';
import { rulesOf } from '../login/rules.ts';
import { createTableauTokenRoutes } from '../login/tableau-token.ts';
import { createTableauEmbedRoutes } from '../tableau/embed-sign-in.ts';
import { errorFields } from '../telemetry/log.ts';
import type { Hosts } from './hosts.ts';
import type { Identification } from './identify.ts';
import type { GateParts } from './parts.ts';

/** What of one version of the configuration pages of our own are made with. */
export interface OwnPagesParts
  extends Pick<Desk, 'own' | 'apps' | 'cookies' | 'looks' | 'audit'>,
    Pick<Elsewhere, 'providers' | 'wayBack'>,
    Pick<OwnPagesOptions, 'idOf' | 'fail'> {
  readonly identification: Identification;
  readonly vouchings: Vouchings;
  readonly publicPeers: Pick<ReadOptions, 'trusted' | 'peerOf'>;
  readonly hosts: Hosts;
}

/** All that stands behind the prefix, with Express and what goes with it: loaded when a person or a program first comes there. */
export function openOwnPages(
  config: Config,
  parts: GateParts,
  { identification, providers, wayBack, vouchings, publicPeers, idOf, fail, ...given }: OwnPagesParts,
): RequestListener {
  const { sessions, embeds, live, handoffs, assertionKeys, idTokens, once, keysOf, clock, log, metrics } = parts;
  const { acting, connected, findEmbedded, modes, attempts, tokens, onVouched, identityOf, readSession, findSession } =
    identification;
  const { groups, lifetimeSec } = config.impersonation;
  const login = createLoginRoutes({
    ...given,
    ...{ sessions, live, handoffs, assertionKeys, once, clock, metrics },
    ...{ modes, attempts, tokens, identityOf, readSession, findSession },
    rules: rulesOf(config),
    impersonation: groups.length > 0 ? { acting, lifetimeSec } : null,
    elsewhere: {
      ...{ providers, wayBack, idTokens, onVouched },
      pending: createPendingLogins({ keys: keysOf('pending'), clock }),
    },
    device: createDeviceCookie({ keys: keysOf('device'), clock }),
    warn: (message, why) => log.warn(message, typeof why === 'string' ? { why } : errorFields(why)),
  });
  const router = express.Router({ caseSensitive: true, strict: true });
  const embedding = {
    ...{ connected, findEmbedded, embeds, sessions, clock },
    ...{ own: given.own, apps: given.apps, audit: given.audit, pages: given.looks.pages },
    hosts: config.connectedApps,
  };
  // Before those, which let nobody past them who is in a frame.
  router.use(createTableauEmbedRoutes(embedding));
  router.use(createEmbedRoutes(embedding));
  router.use(
    createTableauTokenRoutes({
      ...{ own: given.own, apps: given.apps, audit: given.audit, vouchings },
      async enters(request, app, id) {
        const target = parseTarget(app.prefix, app.host);
        const asked = { id, method: 'GET', target, app, isUpgrade: false };
        const { decision } = await identification.judge(createAccessRequest(asked, request, publicPeers));
        return decision.kind === 'allow' ? decision.identity : null;
      },
    }),
  );
  router.use(login);
  return createOwnPages({ router, idOf, fail, arrive: given.hosts.arrive });
}
