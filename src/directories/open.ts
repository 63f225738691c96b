import type { Config } from '../config/schema/config.ts';
import { isLabelMode } from '../config/schema/credentials.ts';
import { ConfigInvalid } from '../errors.ts';
import type { Clock } from '../lib/clock.ts';
import { openAnyone } from './anyone.ts';
import { DEMO_USERS } from './demo-users.ts';
import type { Directory } from './directory.ts';
import type { HashQueue } from './hash/queue.ts';
import type { LdapDirectory } from './ldap/ldap.ts';
import { nobodysDirectory } from './nobody.ts';
import { openPasswordFiles, type PasswordFiles } from './password-files.ts';
import { createSeveral } from './several.ts';

/** All directories of a configuration, as one and by themselves. */
export interface Directories {
  readonly directory: Directory;
  /** Those that are files, to be watched. */
  readonly passwords: PasswordFiles;
  /** Those that are asked over the network. */
  readonly remote: readonly LdapDirectory[];
  /** What all who come by the one password hang on; `null`: there is none. */
  readonly sharedProof: string | null;
}

export interface OpenOptions {
  readonly queue: HashQueue;
  readonly clock: Clock;
  /** Told of what is not good, while they are opened and later. */
  readonly warn: (line: string) => void;
  /** A directory that is asked says something else of somebody than before. */
  readonly onChanged?: () => void;
}

/** Opens what the configuration names; nothing is asked over the network yet. Throws ConfigInvalid. */
export async function openDirectories(
  config: Pick<Config, 'credentials' | 'directories' | 'providers' | 'connectedApps' | 'server'>,
  { queue, clock, warn, onChanged = () => {} }: OpenOptions,
): Promise<Directories> {
  const { directories, providers, connectedApps } = config;
  const hasNobody = directories.length + providers.length + connectedApps.length === 0;
  if (hasNobody && config.credentials.modes.some((mode) => !isLabelMode(mode))) throw new ConfigInvalid(NO_USERS);
  const forbidden = isLocalhost(config.server.publicUrl.host) ? [] : DEMO_USERS;
  const choices = config.directories.flatMap((directory, at) =>
    directory.kind === 'file' ? [{ ...directory, at }] : [],
  );
  const passwords = await openPasswordFiles(choices, { queue, forbidden });
  const files = [...passwords.files];
  const remote: LdapDirectory[] = [];
  const opened: Directory[] = [];
  let sharedProof: string | null = null;
  for (const directory of config.directories) {
    if (directory.kind === 'file') opened.push(...files.splice(0, 1));
    else if (directory.kind === 'anyone') {
      const anyone = openAnyone(directory.anyone, warn);
      sharedProof = anyone.proof;
      opened.push(anyone);
    } else {
      const { createLdapDirectory } = await import('./ldap/ldap.ts');
      const ldap = createLdapDirectory(directory.ldap, { source: directory.name ?? 'ldap', clock, warn, onChanged });
      remote.push(ldap);
      opened.push(ldap);
    }
  }
  return { directory: opened.length > 0 ? createSeveral(opened) : nobodysDirectory, passwords, remote, sharedProof };
}

const NO_USERS =
  'directories: nobody could sign in, for no users are configured; make a file by "dashgate user add -f users.yaml -u NAME" and name it: directories: [{ file: users.yaml }]';

const isLocalhost = (host: string): boolean => /^(?:localhost|127(?:\.\d+){3}|\[::1\])(?::\d+)?$/.test(host);
