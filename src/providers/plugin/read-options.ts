import { deepFreeze } from '../../config/schema/config.ts';
import type { ProviderPlugin } from '../plugin.ts';
import { within } from './within.ts';

interface Problem {
  readonly path: readonly (string | number)[];
  readonly why: string;
}

const READ_WITHIN_MS = 10_000;
const LONGEST = 500;
const MOST = 20;

/** What a plug-in makes of its own keys, and what it says is wrong with them. */
export async function readOptions(
  plugin: ProviderPlugin,
  given: Readonly<Record<string, unknown>>,
  shown: string,
): Promise<{ readonly options: unknown; readonly problems: readonly Problem[] }> {
  if (!plugin.read) {
    const why = `${shown} takes none; remove them`;
    return { options: {}, problems: Object.keys(given).length > 0 ? [{ path: [], why }] : [] };
  }
  const problems: Problem[] = [];
  const refuse = (why: string, ...path: readonly (string | number)[]): void => {
    if (problems.length < MOST)
      problems.push({
        path,
        why: String(why)
          .replace(/\p{Cc}/gu, ' ')
          .slice(0, LONGEST),
      });
  };
  try {
    // A copy: what it changes in it is its own.
    const options = await within(READ_WITHIN_MS, () => plugin.read?.(structuredClone(given), refuse));
    return { options: deepFreeze(options), problems };
  } catch (error) {
    const said = error instanceof Error ? error.message : 'something that is no error was thrown';
    refuse(`${shown} failed to read them: ${said}`);
    return { options: {}, problems };
  }
}
