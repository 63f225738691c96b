import type { Problem } from './explain.ts';
import type { Config } from './schema/config.ts';

/** Who comes by the one password may call themselves anything, so that no name may lead to more than another. */
export function* checkAnyone({ directories, grants }: Config): Generator<Problem> {
  const at = directories.findIndex(({ kind }) => kind === 'anyone');
  if (at < 0) return;
  if (directories.length > 1)
    yield {
      path: ['directories', at, 'anyone'],
      why: 'lets people call themselves by the user name of somebody in another directory; remove one of them',
    };
  for (const name of Object.keys(grants.users)) {
    if (/^anyone:/i.test(name))
      yield {
        path: ['grants', 'users', name],
        why: 'would be had by whoever types that name, for one password lets in everybody; remove it',
      };
  }
}
