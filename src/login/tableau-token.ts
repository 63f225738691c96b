import express, { type Request, type Response, type Router } from 'express';
import type { App } from '../access/app.ts';
import type { Vouchings } from '../apps/tableau/vouching.ts';
import { type Identity, namesOf } from '../identity/identity.ts';
import type { OwnPaths } from '../lib/own-paths.ts';
import type { Audit } from '../telemetry/audit.ts';
import { isOwnPost, readFields } from './form.ts';

export interface TableauTokenDesk {
  readonly own: OwnPaths;
  readonly apps: readonly App[];
  readonly vouchings: Pick<Vouchings, 'of'>;
  /** Whoever of a request may enter an app at its root; `null`: nobody. */
  readonly enters: (request: Request, app: App, requestId: string) => Promise<Identity | null>;
  readonly audit: Audit;
}

/**
 * `POST …/tableau/token`: a connected app's token for who is signed in, for a page of the same origin that shows a view by
 * `<tableau-viz token>`.
 */
export function createTableauTokenRoutes(desk: TableauTokenDesk): Router {
  const router = express.Router({ caseSensitive: true, strict: true });
  const path = `${desk.own.prefix}/tableau/token`;
  router.post(path, (request, response) => give(desk, request, response));
  router.all(path, (_request, response) => {
    response.status(405).set('Allow', 'POST').json({ error: 'This takes POST.' });
  });
  return router;
}

async function give(desk: TableauTokenDesk, request: Request, response: Response): Promise<void> {
  const { origin, requestId, clientAddress } = response.locals.arrival;
  response.set('Cache-Control', 'no-store');
  if (!isOwnPost(request, origin)) {
    response.status(403).json({ error: 'Another site sent this request.', reason: 'cross-site' });
    return;
  }
  const { app: name } = readFields(request, ['app']);
  const here = desk.apps.filter((app) => app.origin === origin && desk.vouchings.of(app));
  const app = name === undefined ? here[0] : here.find((each) => each.name === name);
  const vouching = app && desk.vouchings.of(app);
  if (!app || !vouching || (name === undefined && here.length > 1)) {
    response.status(404).json({ error: here.length > 1 ? 'Say which, as {"app": "…"}.' : 'No Tableau is here.' });
    return;
  }
  const identity = await desk.enters(request, app, requestId);
  const user = identity && vouching.userOf(identity);
  const less = identity && lessThanOneself(identity);
  const note = (event: 'token-made' | 'refused', why: string): void =>
    desk.audit({
      ...{ event, why, ...(identity ? namesOf(identity) : { who: '' }), what: `Tableau token for ${app.name}` },
      ...{ from: clientAddress, request: requestId },
    });
  if (!identity) {
    note('refused', 'not-let-in');
    response.status(401).set('WWW-Authenticate', 'Dashgate realm="dashgate"');
    response.json({ error: 'Sign in to use this.', reason: 'no-credentials' });
    return;
  }
  if (less) {
    note('refused', less);
    response.status(403).json({ error: REFUSED[less], reason: less });
    return;
  }
  if (user === null) {
    note('refused', 'user-not-delegable');
    response.status(403).json({ error: 'Tableau cannot be told who you are.', reason: 'user-not-delegable' });
    return;
  }
  const { token, endsSec, server, site } = await vouching.pageToken(user);
  note('token-made', 'tableau');
  response.json({ token, expires_at: endsSec, server, site });
}

/** What Tableau gives for a token lasts for hours, out of sight: nobody takes one away who is there for a while, or for less. */
const lessThanOneself = ({ act, connected }: Identity): keyof typeof REFUSED | null =>
  act ? 'acting' : connected === undefined ? null : 'embedded';

const REFUSED = {
  acting: 'You act as another user. Stop that first.',
  embedded: 'Whom another application vouches for gets no token here.',
} as const;
