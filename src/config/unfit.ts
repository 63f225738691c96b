import { ConfigInvalid } from '../errors.ts';
import { formatPath } from './names.ts';
import type { Config } from './schema/config.ts';
import type { Path } from './yaml-file.ts';

/** What of a good configuration does not do for what is made of it, by its key: who has read the file says the line. */
export const unfit = (path: Path, why: string): ConfigInvalid =>
  new ConfigInvalid(`${formatPath(path)}: ${why}`, { problems: [{ path, why }] });

/** Where an origin comes from. */
export function keyOfOrigin({ server, apps }: Pick<Config, 'server' | 'apps'>, origin: string): Path {
  const index = apps.findIndex(({ at }) => at.origin === origin);
  return server.publicUrl.origin === origin || index < 0 ? ['server', 'public_url'] : ['apps', index, 'at'];
}

/** What is wrong with a text that an app brings is said to be the app's. */
export function asOf<T>(path: Path, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof ConfigInvalid) || error.problems) throw error;
    throw unfit(path, error.message);
  }
}
