import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import type { Authenticator } from '../../identity/authenticate.ts';
import type { Identity } from '../../identity/identity.ts';
import { type Clock, nowSec } from '../../lib/clock.ts';
import type { Session } from '../../session/session.ts';
import type { Asked } from './asked.ts';

/** As a browser sends it: a person opens a page, or a page of the app asks for something. */
export function incomingOf({ method, uri, host, origin }: Asked): IncomingMessage {
  const incoming = new IncomingMessage(new Socket());
  const isPage = method === 'GET' || method === 'HEAD';
  incoming.method = method;
  incoming.url = uri;
  const headers = {
    ...{ host, accept: isPage ? 'text/html,*/*;q=0.8' : '*/*', ...(!isPage && { origin }) },
    ...{ 'sec-fetch-mode': isPage ? 'navigate' : 'cors', 'sec-fetch-dest': isPage ? 'document' : 'empty' },
    'sec-fetch-site': isPage ? 'none' : 'same-origin',
  };
  incoming.headers = headers;
  incoming.rawHeaders = Object.entries(headers).flat();
  incoming.push(null);
  return incoming;
}

/** Somebody who has signed in. */
export const takenAtTheirWord =
  (identity: Identity | null, clock: Clock): Authenticator =>
  async ({ app }) => {
    if (!identity) return null;
    const { sub, name, email, groups, allowedResources, amr, authTimeSec } = identity;
    const now = nowSec(clock);
    const session: Session = {
      ...{ sub, name, email, groups, allowedResources, amr, authTimeSec },
      ...{ jti: '', writtenSec: now, endsSec: now },
    };
    const [by = 'cookie'] = app.credentials;
    return { kind: 'identified', identity, by, session, isNew: false, setCookies: [] };
  };
