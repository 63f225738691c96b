import { type App, findApp } from '../access/app.ts';
import { goodUntilSec } from '../access/conditions.ts';
import { demandOf } from '../access/demand.ts';
import type { AccessRequest } from '../access/request.ts';
import type { Rejudge } from '../connections/open-connections.ts';
import type { Authenticator, Basis } from '../identity/authenticate.ts';
import type { Identity } from '../identity/identity.ts';
import type { Clock } from '../lib/clock.ts';
import type { SessionCookies } from '../session/session-cookies.ts';
import { createJudge } from './judge.ts';

export interface RejudgeOptions {
  readonly apps: readonly App[];
  /** Where and how an app's requests are forwarded. */
  readonly routeOf: (app: App) => string;
  /** The session cookie of a request as it would be read now. */
  readonly byCookie: Authenticator;
  /** A session that was found otherwise, as it is now. */
  readonly bySession: (basis: Basis, proved: Identity) => Authenticator<AccessRequest>;
  readonly cookies: SessionCookies;
  readonly clock: Clock;
}

/**
 * Asks the one judge again, about the request as it came. A Basic credential is not checked another time: what it opened hangs
 * on the session that it began, which ends with the password.
 */
export function createRejudge({ apps, routeOf, byCookie, bySession, cookies, clock }: RejudgeOptions): Rejudge {
  return async ({ request, basis, identity, route }) => {
    const app = findApp(apps, request.target);
    if (!app || routeOf(app) !== route) return { standing: 'moved' };
    const isTaken = basis !== null && (basis.by === 'embed' || app.credentials.includes(basis.by));
    const ask = isTaken ? [basis.by === 'cookie' ? byCookie : bySession(basis, identity)] : [];
    const demand = demandOf(app, request.target.decodedPath, request.method, request.headers);
    const { decision } = await createJudge(ask, cookies, clock)({ ...request, app, ...demand });
    if (decision.kind !== 'allow') return { standing: 'over' };
    // What sections let through was let through by what somebody may see.
    const hangsOnIdentity = app.isTold || app.sections !== null;
    if (hangsOnIdentity && !isStillTrue(identity, decision.identity)) return { standing: 'reconnect' };
    const isAsked = demand.need !== 'public';
    return {
      standing: 'stays',
      untilSec: isAsked ? goodUntilSec(demand.conditions, decision.identity) : Number.POSITIVE_INFINITY,
    };
  };
}

/** Whether all that a dashboard was told of somebody holds. It may go on by what it knows, so nothing may have been taken away. */
const isStillTrue = (told: Identity, now: Identity): boolean =>
  told.sub === now.sub &&
  told.user === now.user &&
  told.email === now.email &&
  told.groups.every((group) => now.groups.includes(group)) &&
  told.allowedResources.every((resource) => now.allowedResources.includes(resource));
