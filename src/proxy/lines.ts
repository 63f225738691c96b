import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import type { Client } from 'undici';
import { Call, type Hears } from './call.ts';
import type { Connect } from './connect.ts';
import { mendHeads } from './mend-heads.ts';
import type { Headers } from './upstream-headers.ts';

/** A request as it goes upstream. */
export interface Sent {
  readonly method: string;
  readonly path: string;
  /** Without any of the framing but `Content-Length`. */
  readonly headers: Headers;
  /** In chunks where no length is said. */
  readonly body: Readable | Buffer | null;
  /** Requests of one owner share connections, and with no other's. */
  readonly owner: string;
}

/** The connections to one upstream: each carries one request at a time, and is kept for a while when it is free. */
export interface Lines {
  /** Sends it on a kept connection, or on a new one. What comes of it is told later, never within this call. */
  send(request: Sent, hears: Hears): Call;
  /** Ends all of them at once, those in use too. */
  close(): void;
}

/** One connection at a time, made anew when it has ended while a request waited for it. */
export interface Line {
  readonly client: Client;
  readonly owner: string;
  /** Requests that the connection of now has carried. */
  served: number;
  isFree: boolean;
  /** The connection of now, or the one that is being made. */
  socket: Socket | null;
  call: Call | null;
}

/**
 * An unused connection is closed before the upstream does it, as else the next request would run into its end: gunicorn
 * keeps one for 2 s, uvicorn and Node for 5 s. A `Keep-Alive: timeout` of the upstream that is shorter still counts too.
 */
export const KEEP_UNUSED_MS = 1500;
/** No limit to those in use: an open event stream of each user takes one, and the next user must not wait for it. */
export const MOST_UNUSED = 64;
/** A dashboard may set as many cookies as a browser keeps. */
export const LARGEST_HEAD = 64 * 1024;

const LIMITS = {
  maxHeaderSize: LARGEST_HEAD,
  keepAliveTimeout: KEEP_UNUSED_MS,
  keepAliveMaxTimeout: KEEP_UNUSED_MS,
  keepAliveTimeoutThreshold: 1000,
  // Silence is watched for where it is known what it means.
  ...{ headersTimeout: 0, bodyTimeout: 0 },
  ...{ pipelining: 1, allowH2: false },
};

/** Loaded with the first request: who only asks for checks never needs it. Where that fails, the next request tries anew. */
let loading: Promise<typeof Client> | null = null;
let Loaded: typeof Client | null = null;
const load = (): Promise<typeof Client> => {
  loading ??= import('undici/lib/dispatcher/client.js')
    .then((found) => {
      Loaded = found.default;
      return Loaded;
    })
    .finally(() => {
      loading = null;
    });
  return loading;
};

/** @param origin - of the upstream, or of anything where it is on a socket */
export function openLines(origin: string, connect: Connect): Lines {
  const all = new Set<Line>();
  const free: Line[] = [];

  const discard = (line: Line): void => {
    all.delete(line);
    if (line.isFree) free.splice(free.indexOf(line), 1);
    line.isFree = false;
    line.client.destroy(null).catch(() => {});
    // The client waits for a connection that is being made, however long that takes.
    if (line.socket?.connecting) line.socket.destroy();
  };

  const open = (UndiciClient: typeof Client, owner: string): Line => {
    const client = new UndiciClient(origin, {
      ...LIMITS,
      connect(_options, found) {
        line.socket = connect(found, () => line.call);
        mendHeads(line.socket, () => line.call);
      },
    });
    const line: Line = { client, owner, served: 0, isFree: false, socket: null, call: null };
    all.add(line);
    client.on('connect', () => {
      line.served = 0;
    });
    client.on('disconnect', () => {
      if (line.isFree) discard(line);
    });
    return line;
  };

  /** The one that was used last: the others may come to their end. */
  const take = (owner: string): Line | undefined => {
    const at = free.findLastIndex((line) => line.owner === owner);
    return at === free.length - 1 ? free.pop() : at < 0 ? undefined : free.splice(at, 1)[0];
  };

  const release = (line: Line): void => {
    if (!all.has(line)) return;
    line.isFree = true;
    line.call = null;
    free.push(line);
    if (free.length > MOST_UNUSED) discard(line);
  };

  return {
    send({ method, path, headers, body, owner }, hears) {
      const call = new Call(hears, release, discard);
      const begin = (UndiciClient: typeof Client): void => {
        if (call.isOver) return;
        const line = take(owner) ?? open(UndiciClient, owner);
        line.isFree = false;
        line.call = call;
        call.line = line;
        line.client.dispatch({ method, path, headers, body }, call);
      };
      if (Loaded) begin(Loaded);
      else load().then(begin, (error: unknown) => call.onResponseError(null, asError(error)));
      return call;
    },
    close() {
      for (const line of all) discard(line);
    },
  };
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error('the request was not sent'));
