import type { IncomingMessage, ServerResponse } from 'node:http';
import type { App } from '../access/app.ts';
import { type Delegate, delegateOf, delegateQuery } from '../apps/delegation.ts';
import type { Told } from '../apps/identity-adapter.ts';
import type { EndWhy } from '../connections/open-connections.ts';
import type { Identity } from '../identity/identity.ts';
import type { Target } from '../lib/target.ts';
import type { AnswerHeaders } from './answer-head.ts';
import type { Interpreter } from './interpreted.ts';
import { askPlainly, type Rewrite } from './rewrite.ts';
import { type Silence, watchSilence } from './silence.ts';
import type { Upstream } from './upstream.ts';
import { changed, type Headers, upstreamHeaders } from './upstream-headers.ts';

/** A frame in a page of another application. */
export interface Framed {
  /** As sources of `frame-ancestors`. */
  readonly ancestors: string;
  /** By which the page says that it is of this session. */
  readonly mark: string;
  /** The origin of the page around the frame. */
  readonly page: string;
  /** When the session ends, in seconds since the epoch. */
  readonly endsSec: number;
}

/** A request that may pass, with what its upstream is to know. */
export interface Approved {
  readonly app: App;
  readonly target: Target;
  readonly identity: Identity;
  /** Names the session that it hangs on; `null` where there is none. */
  readonly sessionId: string | null;
  /** What the app's identity adapters say of it. */
  readonly told: Told | null;
  /** The client's address, as far as it can be trusted. */
  readonly clientAddress: string;
  readonly requestId: string;
  /** Set-Cookie values of ours, which go out with the upstream's answer. */
  readonly setCookies: readonly string[];
  /** Which pages may have the answer in a frame, as sources of `frame-ancestors`; absent: as the upstream says. */
  readonly ancestors?: string;
  /** Of a request by a frame's session: what the page it may load is to know. */
  readonly frame?: Framed;
  /** Sent in the place of the client's body, as JSON. */
  readonly body?: Buffer;
  /** What becomes of the answer, in the place of what its kind of dashboard needs. */
  readonly rewrite?: Rewrite;
  /** Of a websocket: reads all that is said. Nothing passes it by. */
  readonly interpreter?: Interpreter;
  /**
   * To be called before anything goes upstream: from then on, within the call too, and until the returned function is called, `end`
   * may be called.
   * @throws ConnectionsFull
   */
  readonly follow: (end: (why: EndWhy) => void) => () => void;
  /** To be called when the client says something over a websocket: its session is in use. */
  readonly onMessage?: () => void;
  /**
   * To be called when the upstream, which was told for whom it is asked, has refused.
   * @param response - `null`: it is answered otherwise
   * @returns whether the client has been answered
   */
  readonly onDelegationRefused?: (response: ServerResponse | null) => boolean;
  /** To be called when its body says that a person is behind it. @returns further Set-Cookie values of ours */
  readonly onUse?: () => Promise<readonly string[]>;
}

/** One request on its way through: what was asked, and how far it has come. */
export interface Exchange {
  readonly approved: Approved;
  readonly upstream: Upstream;
  /** As the upstream knows it. */
  readonly path: string;
  readonly headers: Headers;
  /** Whose connection it goes on, where they are not for all. */
  readonly owner: string;
  /** The upstream was told for whom it is asked. */
  readonly isDelegated: boolean;
  readonly silence: Silence;
  onSettled: () => void;
  /** Ends the request to the upstream, once there is one. */
  abort: () => void;
  /** The answer has begun, or the request has failed: nothing that happens later changes what the client is told. */
  isSettled: boolean;
  isTimedOut: boolean;
  isSecondTry: boolean;
  /** Sent once more with another API token. */
  isRenewed: boolean;
  /** What it was let through by is over: what its upstream does from here on is of no account. */
  isCut: boolean;
  /** The head of the answer, once that is passed on as it comes. */
  answer: { readonly headers: AnswerHeaders } | null;
  /** From the upstream's first sign of an answer on, silence is its own affair: an event stream may wait for hours. */
  settle(): void;
}

export interface ExchangeOptions {
  readonly upstream: Upstream;
  readonly timeoutMs: number;
  readonly isUpgrade: boolean;
  readonly isOurCookie: (name: string) => boolean;
  readonly authorizationFor: (
    asked: { app: App; method: string; target: Target; identity: Identity },
    given: string,
  ) => string;
  /** Whether the answer is going to be rewritten. */
  readonly isRewritten: boolean;
  readonly onTimeout: () => void;
}

/**
 * Starts the clock, and says what goes upstream.
 * @throws BadHeaders
 */
export function beginExchange(request: IncomingMessage, approved: Approved, options: ExchangeOptions): Exchange {
  const { upstream, timeoutMs, isUpgrade, isOurCookie, authorizationFor } = options;
  const { strippedPrefix } = upstream;
  const { method = '' } = request;
  let outgoingHeaders = upstreamHeaders(request.rawHeaders, {
    ...approved,
    isUpgrade,
    isOurCookie,
    authorizationFor: (given) => authorizationFor({ ...approved, method }, given),
    strippedPrefix,
  });
  if (options.isRewritten) outgoingHeaders = askPlainly(outgoingHeaders);
  // Messages that are read must come as they are: no extension is agreed on.
  if (approved.interpreter) outgoingHeaders = changed(outgoingHeaders, ['sec-websocket-extensions']);
  if (approved.body) {
    const said = ['content-length', String(approved.body.length), 'content-type', 'application/json'];
    outgoingHeaders = changed(outgoingHeaders, ['transfer-encoding', 'content-length', 'content-type'], said);
  }
  const delegate = delegateOf(approved.app, approved.identity);
  if (delegate.kind === 'untellable') throw new TypeError('who cannot be named was approved');
  const silence = watchSilence(timeoutMs, () => {
    exchange.isTimedOut = true;
    options.onTimeout();
  });
  const exchange: Exchange = {
    approved,
    upstream,
    path: upstream.locate(delegatedTarget(approved, delegate)),
    headers: outgoingHeaders,
    owner: approved.app.delegation ? ownerOf(delegate, outgoingHeaders) : '',
    isDelegated: delegate.kind === 'user',
    silence,
    onSettled: () => {},
    abort: () => {},
    isSettled: false,
    isTimedOut: false,
    isSecondTry: false,
    isRenewed: false,
    isCut: false,
    answer: null,
    settle() {
      silence.end();
      exchange.isSettled = true;
      exchange.onSettled();
    },
  };
  return exchange;
}

/** By the one for whom it is asked, where that goes by the query. */
export function delegatedTarget({ app, target }: Pick<Approved, 'app' | 'target'>, delegate: Delegate): Target {
  if (app.delegation?.by !== 'query') return target;
  const user = delegate.kind === 'user' ? delegate.user : null;
  return { ...target, query: delegateQuery(target.query, app.delegation.name, user) };
}

/** All by which an upstream may know a connection again: the service credential, and for whom it acts. */
function ownerOf(delegate: Delegate, headers: Headers): string {
  const authorization = headers.findLast((_value, at) => at % 2 === 1 && headers[at - 1] === 'authorization') ?? '';
  return JSON.stringify([authorization, delegate.kind === 'user' ? delegate.user : null]);
}

/** What the end of a connection is called, by whoever met it. */
const BROKEN = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Whether a failed request may be sent once more: only where it met the end of a kept connection, which says nothing of
 * the upstream, and where sending it twice does no harm (RFC 9110 §9.2.2) and no body has been used up.
 */
export function mayTryAgain(
  { isSecondTry, isTimedOut }: Exchange,
  request: IncomingMessage,
  isReused: boolean,
  error: Error,
): boolean {
  const met = isReused && 'code' in error && BROKEN.has(String(error.code));
  return met && !isSecondTry && !isTimedOut && mayBeRepeated(request);
}

/** It changes nothing (RFC 9110 §9.2.1), and no body has been used up. */
export function mayBeRepeated({ method = '', headers }: IncomingMessage): boolean {
  const hasBody = headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
  return SAFE.has(method) && !hasBody;
}

export const isGone = (response: ServerResponse): boolean => response.destroyed || response.writableEnded;
