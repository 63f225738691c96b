import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { isFromElsewhere } from '../access/conditions.ts';
import { isCrossSite } from '../access/cross-site.ts';
import { createAccessRequest, type ReadOptions, refuseRepeated } from '../adapters/incoming.ts';
import { DashgateError } from '../errors.ts';
import { secure } from '../http/security-headers.ts';
import type { OwnPaths } from '../lib/own-paths.ts';
import type { ApiDesk } from './desk.ts';
import { type Door, METHODS } from './door.ts';
import { embedSignInPlace, embedTargetPlace } from './embed-sign-in.ts';
import type { FindDoor } from './find-door.ts';
import {
  type Answer,
  type AtDoor,
  currentSession,
  deleteSession,
  failure,
  serverInfo,
  signIn,
  signOut,
  switchSite,
} from './handlers.ts';
import { readWhole } from './read-whole.ts';
import { ERRORS, type ErrorName, writeReply } from './reply.ts';

export interface DoorsOptions extends Pick<ReadOptions, 'trusted' | 'peerOf'> {
  readonly desk: ApiDesk;
  readonly find: FindDoor;
  /** What the log and the audit call the request. */
  readonly idOf: (incoming: IncomingMessage) => string;
  readonly own: OwnPaths;
  /** What answers for frames in pages of other applications. */
  readonly ownPages: RequestListener;
  /** Told of what is not the client's fault. */
  readonly onFailed: (error: unknown, id: string) => void;
}

/** More than any request of theirs, less than would hurt. */
const MOST_BODY = 16 * 1024;
/** More than such a body takes on the slowest line. */
const BODY_WITHIN_MS = 30_000;

/** Answers what Tableau's own server would, for apps that ask for it. */
export const createDoors =
  (options: DoorsOptions): RequestListener =>
  (incoming, response) => {
    const place = framePlace(options, incoming);
    if (place !== null) {
      incoming.url = place;
      options.ownPages(incoming, response);
      return;
    }
    const id = options.idOf(incoming);
    secure(incoming, response);
    response.setHeader('X-Request-Id', id);
    void answerAt(options, incoming, id)
      .catch((error: unknown): Answer => {
        const known = error instanceof DashgateError ? error : null;
        if (!known || known.status >= 500) options.onFailed(error, id);
        const { retryAfterSec } = known ?? {};
        return {
          ...failure(NAMES[known?.status ?? 500] ?? 'internal'),
          ...(retryAfterSec !== undefined && { retryAfterSec }),
        };
      })
      .then((answer) => write(incoming, response, answer));
  };

/** Our own address for what a frame, or the page around it, asks; `null`: that is not asked. */
function framePlace({ desk, find, own }: DoorsOptions, incoming: IncomingMessage): string | null {
  const found = find(incoming);
  if (!found || !desk.appOf(found.app.name)?.signIn.includes('connected_app')) return null;
  const { door, app, target } = found;
  if (door.what === 'embed-sign-in') return embedSignInPlace(own, app.prefix);
  return door.what === 'embed-target' ? embedTargetPlace(own, target.query) : null;
}

const NAMES: Readonly<Record<number, ErrorName>> = {
  400: 'badRequest',
  404: 'unknown',
  413: 'tooLarge',
  415: 'unsupported',
  503: 'unavailable',
};

async function answerAt(
  { desk, find, trusted, peerOf }: DoorsOptions,
  incoming: IncomingMessage,
  id: string,
): Promise<Answer> {
  const found = find(incoming);
  const app = found && desk.appOf(found.app.name);
  if (!found || !app) return failure('unknown');
  refuseRepeated(incoming.rawHeaders);
  const { method = '' } = incoming;
  const asked = { id, method, target: found.target, app: found.app, isUpgrade: false };
  const request = createAccessRequest(asked, incoming, { trusted, peerOf });
  if (isCrossSite(request) || isFromElsewhere(request)) return failure('forbidden');
  const { door } = found;
  if (door.what === 'nothing') return failure('unknown');
  if (method !== METHODS[door.what] && !(method === 'HEAD' && METHODS[door.what] === 'GET'))
    return failure('notAllowed');
  const [contentType = ''] = (incoming.headers['content-type'] ?? '').toLowerCase().split(';', 1);
  return handlerOf(door)(desk, {
    ...{ app, request, contentType: contentType.trim() },
    body: () => readWhole(incoming, MOST_BODY, BODY_WITHIN_MS),
  });
}

function handlerOf(door: Exclude<Door, { what: 'nothing' }>): (desk: ApiDesk, at: AtDoor) => Promise<Answer> {
  switch (door.what) {
    case 'server-info':
      return serverInfo;
    case 'sign-in':
      return signIn;
    case 'sign-out':
      return signOut;
    case 'switch-site':
      return switchSite;
    case 'current-session':
      return currentSession;
    case 'session':
      return deleteSession(door.id);
    case 'embed-sign-in':
    case 'embed-target':
      return async () => failure('unknown');
  }
}

function write(incoming: IncomingMessage, response: ServerResponse, { status, reply, retryAfterSec }: Answer): void {
  if (response.destroyed) return;
  if (retryAfterSec !== undefined) response.setHeader('Retry-After', String(retryAfterSec));
  // The rest of such a body is not read.
  if (status === ERRORS.tooLarge[0] || status === ERRORS.badRequest[0]) response.setHeader('Connection', 'close');
  if (!reply) {
    response.writeHead(status).end();
    return;
  }
  const { contentType, body } = writeReply(reply, incoming.headers);
  response.writeHead(status, { 'Content-Type': contentType, 'Content-Length': Buffer.byteLength(body) });
  response.end(incoming.method === 'HEAD' ? undefined : body);
}
