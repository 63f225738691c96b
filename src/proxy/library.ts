import type { Agent, ClientRequest, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Options } from 'http-proxy-middleware';
import type { Hears } from './call.ts';
import type { Lines, Sent } from './lines.ts';
import { hasBody, Upload } from './upload.ts';
import { changed } from './upstream-headers.ts';

/** Where a plain request goes, and who is told of what comes of it. */
export interface Way extends Hears {
  readonly lines: Lines;
  readonly path: string;
  readonly headers: Sent['headers'];
  readonly owner: Sent['owner'];
  /** Sent in the place of the request's own body. */
  readonly body?: Buffer | undefined;
}

/** A plain request under way. */
export interface UnderWay {
  /** Ends it; nobody is told of anything from there on. */
  abort(): void;
}

/** The same for an upgrade, which sends the `url` and `headers` that the request has. */
export interface UpgradeWay {
  readonly target: NonNullable<Options['target']>;
  readonly agent: Agent;
  /** The request is about to be sent. */
  onOutgoing(outgoing: ClientRequest): void;
  /** At any time, more than once too. */
  onError(error: Error): void;
  /** The client has left. */
  onGone(): void;
}

/**
 * What carries requests to upstreams, held to sending: it adds nothing to them, and answers and logs nothing by itself. Plain
 * requests go by undici, whose client costs half of what Node's own does; upgrades by http-proxy-middleware, which joins the
 * two sockets. That one keeps a listener on each server that requests come from, so one of it serves every configuration.
 */
export interface ProxyLibrary {
  web(request: IncomingMessage, way: Way): UnderWay;
  upgrade(request: IncomingMessage, socket: Socket, head: Buffer, way: UpgradeWay): void;
}

export function createProxyLibrary(): ProxyLibrary {
  let upgrade: ProxyLibrary['upgrade'] | null = null;
  /** With the first upgrade: whoever only asks for checks, or has no websockets, never needs it. */
  const load = async (): Promise<ProxyLibrary['upgrade']> => {
    const { createUpgrade } = await import('./middleware.ts');
    upgrade ??= createUpgrade();
    return upgrade;
  };
  return {
    web(request, way) {
      const { lines, path, headers, body, owner } = way;
      const method = request.method ?? '';
      if (body || !hasBody(request)) return lines.send({ method, path, headers, owner, body: body ?? null }, way);
      // Chunks are said by whoever writes them.
      const said = changed(headers, ['transfer-encoding']);
      return lines.send({ method, path, headers: said, owner, body: new Upload(request) }, way);
    },
    upgrade(request, socket, head, way) {
      if (upgrade) upgrade(request, socket, head, way);
      else {
        load()
          .then((send) => (socket.destroyed ? way.onGone() : send(request, socket, head, way)))
          .catch((error: unknown) => way.onError(asError(error)));
      }
    },
  };
}

export const asError = (error: unknown): Error =>
  error instanceof Error ? error : new Error('the request was not sent');
