import { ConfigInvalid, DashgateError, UsageError } from '../errors.ts';
import { isCode } from '../lib/error-code.ts';
import type { Io } from './command.ts';

/** What the system says in these words, the first line says in better ones. */
const SAID = ['ENOENT', 'ENOTDIR', 'EISDIR', 'EACCES', 'EPERM', 'EADDRINUSE', 'EADDRNOTAVAIL'];

/** Tells what went wrong, the first line first. @returns the exit code: 2 for usage and configuration, 1 for all else */
export function sayError(error: unknown, { err }: Pick<Io, 'err'>): number {
  if (error instanceof UsageError || error instanceof ConfigInvalid) {
    const cause =
      error.cause instanceof Error && !isCode(error.cause, ...SAID) ? `\n  ${error.cause.message.trim()}` : '';
    err(`dashgate: ${error.message}${cause}\n`);
    return 2;
  }
  if (error instanceof DashgateError) {
    err(`dashgate: ${error.message}\n`);
    return 1;
  }
  err(
    `dashgate: ${error instanceof Error ? (error.stack ?? error.message) : 'something that is no error was thrown'}\n`,
  );
  return 1;
}
