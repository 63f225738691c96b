import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { authelia } from './authelia.ts';
import { caddy } from './caddy.ts';
import { oauth2Proxy } from './oauth2-proxy.ts';
import type { Peer, PeerKind } from './peer.ts';
import { vouch } from './vouch.ts';

/** A further one is one file and one line here. */
const kinds: readonly PeerKind[] = [oauth2Proxy, authelia, vouch, caddy];

export const PEER_NAMES = kinds.map(({ name }) => name);

const lower = (name: string): string => name.toLowerCase();

/**
 * Those that are here.
 * @param named - files by the name of the peer, in place of those on the path
 */
export function findPeers(named: ReadonlyMap<string, string>): { here: Peer[]; missing: string[] } {
  const here: Peer[] = [];
  const missing: string[] = [];
  for (const kind of kinds) {
    const file = named.get(lower(kind.name)) ?? onPath(kind.programs);
    const run = file === undefined ? null : spawnSync(file, kind.versionArgs, { encoding: 'utf8', timeout: 20_000 });
    if (file === undefined || !run || run.error) missing.push(kind.name);
    else here.push(bind(kind, file, `${run.stdout}${run.stderr}`.trim().split('\n')[0]?.slice(0, 60) ?? ''));
  }
  return { here, missing };
}

function bind({ name, verify, proxy, isUntried }: PeerKind, file: string, version: string): Peer {
  return {
    ...{ name, file, version: isUntried ? `${version}, set up by its documentation and never tried before` : version },
    ...(verify && { verify: (place) => verify(file, place) }),
    ...(proxy && { proxy: (place) => proxy(file, place) }),
  };
}

const onPath = (programs: readonly string[]): string | undefined =>
  (process.env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '')
    .flatMap((folder) => programs.map((name) => join(folder, name)))
    .find((file) => existsSync(file));
