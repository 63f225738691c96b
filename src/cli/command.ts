/** What a command writes to, and where it stands: handed in, so that tests own it. */
export interface Io {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly stdin: NodeJS.ReadableStream & { isTTY?: boolean };
  /** Aborted when the process is asked to end (SIGTERM, SIGINT). */
  readonly signal: AbortSignal;
}

/** One word behind `dashgate`. */
export interface Command {
  readonly name: string;
  /** One line for `dashgate --help`. */
  readonly summary: string;
  /** The whole help of the command, without a final line end. */
  readonly usage: string;
  /**
   * @returns the exit code: 0 done, 1 refused or not found, 2 usage or configuration
   * @throws UsageError, ConfigInvalid: said by the caller, exit code 2
   */
  run(args: readonly string[], io: Io): Promise<number>;
}
