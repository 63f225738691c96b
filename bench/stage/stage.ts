import type { TempDir } from '../../test/support/temp-dir.ts';
import type { Peer } from '../peers/peer.ts';

/** What every scenario is given. */
export interface Stage {
  /** For configurations, logs and sockets. */
  readonly dir: TempDir;
  /** Who else is on this machine. */
  readonly peers: readonly Peer[];
  /** Says why something is left out of the figures. */
  note(line: string): void;
}
