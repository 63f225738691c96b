import type { LoadedConfig } from '../config/load.ts';
import { ConfigInvalid } from '../errors.ts';

/**
 * Waits for what is made of a configuration. What only then turns out to be wrong with it is said like everything else, with the line
 * of the file. An entry of a list may be named by its id.
 * @throws ConfigInvalid
 */
export async function placed<T>({ config, report }: LoadedConfig, making: Promise<T> | (() => T)): Promise<T> {
  try {
    return await (typeof making === 'function' ? making() : making);
  } catch (error) {
    if (!(error instanceof ConfigInvalid) || error.problems === undefined) throw error;
    const problems = error.problems.map(({ path: [list, id, ...rest], why }) => {
      const at =
        list === 'providers' && typeof id === 'string' ? config.providers.findIndex((one) => one.id === id) : -1;
      return { path: [list ?? '', at < 0 ? (id ?? '') : at, ...rest], why };
    });
    throw new ConfigInvalid(report(problems).join('\n'), { cause: error.cause });
  }
}
