import { ConfigInvalid, DirectoryUnavailable, ProviderUnavailable, StoreUnavailable } from '../errors.ts';
import { rootCause } from '../lib/root-cause.ts';
import type { Io } from './command.ts';
import { sayError } from './say-error.ts';

/** What is asked over the network. */
export interface Asked {
  /** What people call it. */
  readonly name: string;
  probe(): Promise<void>;
}

/** Asks all of them at once, and tells of each in a line of its own. @returns whether all do as they should */
export async function askAll(asked: readonly Asked[], io: Pick<Io, 'out' | 'err'>): Promise<boolean> {
  const answers = await Promise.allSettled(asked.map(({ probe }) => probe()));
  for (const [i, answer] of answers.entries()) {
    if (answer.status === 'fulfilled') io.out(`- ${asked[i]?.name} answers\n`);
    else sayError(asSetting(answer.reason), io);
  }
  return answers.every(({ status }) => status === 'fulfilled');
}

/** To who starts a check, a directory, provider or store that cannot be asked is a setting that does not fit. */
function asSetting(error: unknown): unknown {
  const isAway = [DirectoryUnavailable, ProviderUnavailable, StoreUnavailable].some((kind) => error instanceof kind);
  return isAway && error instanceof Error ? new ConfigInvalid(error.message, { cause: rootCause(error) }) : error;
}
