import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { findApp, ownPath } from '../access/app.ts';
import type { AccessRequest } from '../access/request.ts';
import { kindOf } from '../apps/kinds.ts';
import type { OpenConnection } from '../connections/open-connections.ts';
import { takeMark } from '../embedding/mark.ts';
import { NothingHere } from '../errors.ts';
import { isNavigation, isWebsocket } from '../http/navigation.ts';
import type { Basis } from '../identity/authenticate.ts';
import type { Identity } from '../identity/identity.ts';
import { parseTarget } from '../lib/target.ts';
import type { Approved } from '../proxy/proxy.ts';
import { voiceOf } from '../tableau/voice.ts';
import type { Adapter, Verdict } from './adapter.ts';
import { type Asked, askedOf, type ClientAnswer } from './client-answer.ts';
import { createAccessRequest, type ReadOptions, refuseEcho, refuseRepeated, requestIdOf } from './incoming.ts';

/** Where an approved request goes on to the dashboard, and where a refused one is answered instead. */
export interface ProxyReply {
  forward(approved: Approved, request: AccessRequest): void;
  /** Made when it is asked for: an upgrade has no response unless it is refused. */
  refusal(): ServerResponse;
}

export interface ProxyAdapterOptions extends ReadOptions {
  readonly client: ClientAnswer;
  readonly follow: Follow;
  readonly frameOf?: FrameOf;
  /** Told of each session whose user says something over a websocket. */
  readonly onMessage?: (basis: Basis, identity: Identity, request: AccessRequest) => void;
  /** Told of each session whose user turned out to be behind a request. @returns Set-Cookie values, where it is due */
  readonly onUse?: (basis: Basis, identity: Identity, request: AccessRequest) => Promise<readonly string[]>;
  readonly onDelegationRefused?: OnDelegationRefused;
}

/** What of a frame in a page of another application an answer has to know. */
export type FrameOf = (request: AccessRequest, basis: Basis | null) => Approved['frame'] | null;

/** Told of what an upstream refused to do for somebody. */
type OnDelegationRefused = (identity: Identity, request: AccessRequest) => void;

/** Follows what was let through for as long as it is open. Throws ConnectionsFull. */
export type Follow = (connection: Omit<OpenConnection, 'route'>) => () => void;

/** dashgate as the reverse proxy itself: what is allowed is forwarded, by the same decision as every other way. */
export function createProxyAdapter(options: ProxyAdapterOptions): Adapter<ProxyReply> {
  const { apps, trusted, peerOf, client, follow, frameOf, onMessage, onUse, onDelegationRefused } = options;
  /** People get a page that says so, and programs what the upstream says. */
  const refusedFor =
    (verdict: Verdict, identity: Identity, request: AccessRequest) => (response: ServerResponse | null) => {
      onDelegationRefused?.(identity, request);
      if (!response || !askedOf(request).isPerson) return false;
      const decision = { kind: 'deny', identity, reason: 'delegation-refused', missing: [] } as const;
      client.refuse({ ...verdict, decision }, request, response);
      return true;
    };
  return {
    way: 'proxy',
    peerOf,
    idOf: (incoming) => (trusted.has(peerOf(incoming)) ? requestIdOf(incoming) : randomUUID()),
    read(incoming, id): AccessRequest {
      refuseRepeated(incoming.rawHeaders);
      const { headers, method = '' } = incoming;
      refuseEcho(method);
      const { target, mark } = takeMark(parseTarget(incoming.url, headers.host), headers);
      const app = findApp(apps, target);
      if (!app) {
        const isOtherHost = !apps.some((each) => each.originAt(target.host) !== null);
        throw new NothingHere('no app is configured at this host and path', { isOtherHost });
      }
      const asked = { id, method, target, app, isUpgrade: isWebsocket(incoming) };
      const isUseInBody = app.tellsUseByBody(method, ownPath(app, target.decodedPath));
      return { ...createAccessRequest(asked, incoming, options), isUseInBody, frame: { mark } };
    },
    write(verdict, request, reply) {
      const { decision, setCookies, told = null, basis = null } = verdict;
      if (decision.kind !== 'allow') {
        client.refuse(verdict, request, reply.refusal());
        return;
      }
      const { app, target, id } = request;
      const { identity } = decision;
      const frame = frameOf?.(request, basis) ?? null;
      reply.forward(
        {
          ...(frame && { frame, ancestors: frame.ancestors }),
          ...{ app, target, identity, told, clientAddress: request.clientAddress, requestId: id, setCookies },
          sessionId: basis?.session.jti ?? null,
          follow: (end) => follow({ request, basis, identity, end }),
          ...(basis?.by === 'cookie' &&
            request.isUseInBody &&
            onUse && { onUse: () => onUse(basis, identity, request) }),
          ...(app.delegation && { onDelegationRefused: refusedFor(verdict, identity, request) }),
          ...(basis && onMessage && { onMessage: () => onMessage(basis, identity, request) }),
        },
        request,
      );
    },
    mismatch: (incoming, reply, id) => client.mismatch(askedFor(incoming, id), reply.refusal()),
    fail: (error, incoming, reply, id, read) =>
      client.fail(error, read ? askedOf(read) : askedFor(incoming, id), reply.refusal()),
  };
}

/** Who looks at the answer to a request that could not be read whole. */
export const askedFor = (incoming: IncomingMessage, requestId: string): Asked => ({
  requestId,
  isPerson: isNavigation(incoming.method ?? '', incoming.headers, isWebsocket(incoming)),
});

/** The same for one that was understood and let through, and failed behind that. */
export function askedOfApp(incoming: IncomingMessage, requestId: string, { app, ancestors }: AnsweredFor): Asked {
  const asked = askedFor(incoming, requestId);
  const target = parseTarget(incoming.url, incoming.headers.host);
  const voice = voiceOf({ app, target, headers: incoming.headers }) ?? kindOf(app).voice;
  return {
    ...asked,
    voice,
    isPerson: asked.isPerson && !voice?.isForPrograms(ownPath(app, target.decodedPath)),
    ancestors,
  };
}

type AnsweredFor = Pick<Approved, 'app' | 'ancestors'>;
