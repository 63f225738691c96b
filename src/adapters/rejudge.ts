import { type App, findApp, needOf } from '../access/app.ts';
import type { Rejudge } from '../connections/open-connections.ts';
import type { Authenticator, Basis } from '../identity/authenticate.ts';
import type { Identity } from '../identity/identity.ts';
import type { SessionCookies } from '../session/session-cookies.ts';
import type { Judge } from './answer.ts';
import { createJudge } from './judge.ts';

export interface RejudgeOptions {
  readonly apps: readonly App[];
  /** Where and how an app's requests are forwarded. */
  readonly routeOf: (app: App) => string;
  /** The session cookie of a request as it would be read now. */
  readonly byCookie: Authenticator;
  /** A session that was found otherwise, as it is now. */
  readonly bySession: (basis: Basis) => Authenticator;
  readonly cookies: SessionCookies;
}

/**
 * Asks the one judge again, about the request as it came. A Basic credential is not checked another time: what it opened hangs
 * on the session that it began, which ends with the password.
 */
export function createRejudge({ apps, routeOf, byCookie, bySession, cookies }: RejudgeOptions): Rejudge {
  return async ({ request, basis, identity, route }) => {
    const app = findApp(apps, request.target);
    if (!app || routeOf(app) !== route) return 'moved';
    const isTaken = basis !== null && app.credentials.includes(basis.by);
    const judge: Judge = createJudge(isTaken ? [basis.by === 'cookie' ? byCookie : bySession(basis)] : [], cookies);
    const need = needOf(app, request.target.decodedPath, request.method);
    const { decision } = await judge({ ...request, app, need });
    if (decision.kind !== 'allow') return 'over';
    return !app.tellsIdentity || isStillTrue(identity, decision.identity) ? 'stays' : 'reconnect';
  };
}

/** Whether all that a dashboard was told of somebody holds. It may go on by what it knows, so nothing may have been taken away. */
const isStillTrue = (told: Identity, now: Identity): boolean =>
  told.sub === now.sub &&
  told.user === now.user &&
  told.email === now.email &&
  told.groups.every((group) => now.groups.includes(group)) &&
  told.allowedResources.every((resource) => now.allowedResources.includes(resource));
