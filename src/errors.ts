/**
 * Every error class. "No" is not an error: it is a finding or a decision. An error means that dashgate could not find out,
 * or was handed something that it cannot work with; each one refuses the request. The client sees status and code only,
 * message and cause go to the log.
 */
export abstract class DashgateError extends Error {
  abstract readonly code: `ERR_${string}`;
  /** The HTTP status that a client gets when the error ends a request. */
  abstract readonly status: 400 | 404 | 413 | 415 | 500 | 502 | 503 | 504;
  /** Seconds after which trying again makes sense (RFC 9110 §10.2.3). */
  readonly retryAfterSec: number | undefined = undefined;

  override get name(): string {
    return this.constructor.name;
  }
}

/** The configuration, a users file, a key or a certificate cannot be used. The message has `file:line` where one is meant. */
export class ConfigInvalid extends DashgateError {
  readonly code = 'ERR_CONFIG_INVALID';
  readonly status = 500;
  /** What only came out when something of the configuration was used, by its keys: who has read the file can tell the lines. */
  readonly problems: readonly { readonly path: readonly (string | number)[]; readonly why: string }[] | undefined;

  constructor(message: string, { cause, problems }: { cause?: unknown; problems?: ConfigInvalid['problems'] } = {}) {
    super(message, cause === undefined ? {} : { cause });
    this.problems = problems;
  }
}

/** The command line was not understood. */
export class UsageError extends DashgateError {
  readonly code = 'ERR_USAGE';
  readonly status = 500;
}

/** The request target, the host or the method has no unambiguous form, so no rule can be judged by it. */
export class BadTarget extends DashgateError {
  readonly code = 'ERR_BAD_TARGET';
  readonly status = 400;
}

/** Headers that no rule can be judged by: a repeated Host, Authorization or Origin. */
export class BadHeaders extends DashgateError {
  readonly code = 'ERR_BAD_HEADERS';
  readonly status = 400;
}

/** A form or JSON body of a dashgate endpoint, or of a guarded callback, that cannot be read in one way only. */
export class BadBody extends DashgateError {
  readonly code = 'ERR_BAD_BODY';
  readonly status = 400;
}

/** A body of a dashgate endpoint, or of a guarded callback, is larger than such a body can be. */
export class BodyTooLarge extends DashgateError {
  readonly code = 'ERR_BODY_TOO_LARGE';
  readonly status = 413;
}

/** A dashgate endpoint, or a guarded callback, was sent a content type or an encoding that it does not take. */
export class UnsupportedBody extends DashgateError {
  readonly code = 'ERR_UNSUPPORTED_BODY';
  readonly status = 415;
}

/** No app is configured at this host and path, or no such page exists below the prefix. */
export class NothingHere extends DashgateError {
  readonly code = 'ERR_NOTHING_HERE';
  readonly status = 404;
  /** Whether nothing of ours is at that host at all. */
  readonly isOtherHost: boolean;

  constructor(message: string, { isOtherHost = false }: { isOtherHost?: boolean } = {}) {
    super(message);
    this.isOtherHost = isOtherHost;
  }
}

/** More passwords wait to be checked than the queue holds. */
export class HashQueueFull extends DashgateError {
  readonly code = 'ERR_HASH_QUEUE_FULL';
  readonly status = 503;
  override readonly retryAfterSec = 1;
}

/** The bodies that are being looked into hold more memory than is set aside for them, or an app was asked too often. */
export class Overloaded extends DashgateError {
  readonly code = 'ERR_OVERLOADED';
  readonly status = 503;
  override readonly retryAfterSec = 1;
}

/** More connections are open than dashgate follows, and one that is not followed would outlive its session. */
export class ConnectionsFull extends DashgateError {
  readonly code = 'ERR_CONNECTIONS_FULL';
  readonly status = 503;
  override readonly retryAfterSec = 5;
}

/** The session store did not take a write, or cannot be read. Nobody is let in on a guess. */
export class StoreUnavailable extends DashgateError {
  readonly code = 'ERR_STORE_UNAVAILABLE';
  readonly status = 503;
  override readonly retryAfterSec = 5;
}

/** A directory could not say whether a password is right. Fails closed: nobody is let in on a guess. */
export class DirectoryUnavailable extends DashgateError {
  readonly code = 'ERR_DIRECTORY_UNAVAILABLE';
  readonly status = 503;
  override readonly retryAfterSec = 5;
}

/** A provider could not be asked: it did not answer in time, or not as OpenID Connect has it. Nobody is let in on a guess. */
export class ProviderUnavailable extends DashgateError {
  readonly code = 'ERR_PROVIDER_UNAVAILABLE';
  readonly status = 503;
  override readonly retryAfterSec = 5;
}

/** The same after somebody had looked at the password, a directory before this one or its server: that was an attempt. */
export class HalfAnswered extends DirectoryUnavailable {
  constructor(cause: DashgateError) {
    super(cause.message, { cause });
  }
}

/** A Tableau could not be asked for an API token of its own: it did not answer in time, or not as Tableau does. Nothing is sent there without one. */
export class TableauUnavailable extends DashgateError {
  readonly code = 'ERR_TABLEAU_UNAVAILABLE';
  readonly status = 503;
  override readonly retryAfterSec = 5;
}

/** The dashboard behind dashgate refused the connection or broke it. */
export class UpstreamUnreachable extends DashgateError {
  readonly code = 'ERR_UPSTREAM_UNREACHABLE';
  readonly status = 502;
}

/** The dashboard behind dashgate gave an answer that has to be changed on its way, and is not what it has to be. */
export class UpstreamUnusable extends DashgateError {
  readonly code = 'ERR_UPSTREAM_UNUSABLE';
  readonly status = 502;
}

/** The dashboard behind dashgate did not answer in time. */
export class UpstreamTimeout extends DashgateError {
  readonly code = 'ERR_UPSTREAM_TIMEOUT';
  readonly status = 504;
}

/** Worker processes end again and again, so dashgate ends, for whoever started it to see. The log says why each of them did. */
export class WorkersFailing extends DashgateError {
  readonly code = 'ERR_WORKERS_FAILING';
  readonly status = 500;
}
