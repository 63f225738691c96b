import type { Config } from '../config/schema/config.ts';
import { ConfigInvalid } from '../errors.ts';
import { DEMO_USERS } from './demo-users.ts';
import type { Directory } from './directory.ts';
import type { HashQueue } from './hash/queue.ts';
import { openPasswordFiles, type PasswordFiles } from './password-files.ts';
import { createSeveral } from './several.ts';

/** All directories of a configuration, as one and by themselves. */
export interface Directories {
  readonly directory: Directory;
  /** Those that are files, to be watched. */
  readonly passwords: PasswordFiles;
}

/** Opens what the configuration names. Throws ConfigInvalid. */
export async function openDirectories(
  config: Pick<Config, 'directories' | 'server'>,
  queue: HashQueue,
): Promise<Directories> {
  if (config.directories.length === 0) throw new ConfigInvalid(NO_USERS);
  const forbidden = isLocalhost(config.server.publicUrl.host) ? [] : DEMO_USERS;
  const passwords = await openPasswordFiles(config.directories, { queue, forbidden });
  return { directory: createSeveral(passwords.files), passwords };
}

const NO_USERS =
  'directories: nobody could sign in, for no users are configured; make a file by "dashgate user add -f users.yaml -u NAME" and name it: directories: [{ file: users.yaml }]';

const isLocalhost = (host: string): boolean => /^(?:localhost|127(?:\.\d+){3}|\[::1\])(?::\d+)?$/.test(host);
