import type { TempDir } from '../../test/support/temp-dir.ts';

export interface PeerPlace {
  readonly dir: TempDir;
  /** The dashboard's origin. */
  readonly upstream: string;
  readonly closing: AsyncDisposableStack;
}

/** How it is asked about a request by nginx. */
export interface PeerCheck {
  /** As an nginx upstream names it. */
  readonly check: string;
  readonly uri: string;
  /** Directives for nginx: what it is told besides the client's headers. */
  readonly question: string;
  /** What a client sends that has signed in. */
  readonly headers: Readonly<Record<string, string>>;
  readonly pids: readonly number[];
}

/** How it stands in front of a dashboard by itself. */
export interface PeerProxy {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly pids: readonly number[];
}

/** Another program that does what dashgate does, as far as it does. */
export interface Peer {
  readonly name: string;
  readonly file: string;
  readonly version: string;
  readonly verify?: (place: PeerPlace) => Promise<PeerCheck>;
  readonly proxy?: (place: PeerPlace) => Promise<PeerProxy>;
}

/** A kind of peer, which may not be on this machine. */
export interface PeerKind extends Omit<Peer, 'file' | 'version' | 'verify' | 'proxy'> {
  /** Looked for on the path. */
  readonly programs: readonly string[];
  /** Prints its version. */
  readonly versionArgs: readonly string[];
  /** Written by its documentation alone: what is said of it where it is measured. */
  readonly isUntried?: boolean;
  /** In the order of the roles that it has. */
  readonly verify?: (file: string, place: PeerPlace) => Promise<PeerCheck>;
  readonly proxy?: (file: string, place: PeerPlace) => Promise<PeerProxy>;
}
