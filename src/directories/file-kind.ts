import type { UserEntry } from './users-table.ts';

/** A user and where they stand in the file. */
export interface FileEntry extends UserEntry {
  readonly line: number;
}

/** A user as a command wants them in a file. */
export interface NewUser {
  /** Canonical. */
  readonly user: string;
  /** As {@link FileKind.hash} made it. */
  readonly hash: string;
  /** Canonical. */
  readonly grants: readonly string[];
}

/**
 * One format of a password file. Its functions take and give whole texts: reading and writing the disk is the caller's. All of
 * them throw ConfigInvalid with one line a problem, `file:line: what; what to do`, which repeats no password and no hash.
 */
export interface FileKind {
  readonly name: KindName | 'plain';
  /** Stands in `sub` before the colon, unless the configuration gives the file a name of its own. */
  readonly source: string;
  /** What people call it. */
  readonly title: string;
  /** Whether the file itself can say what a user may open. */
  readonly hasGrants: boolean;
  /** Also what is wrong with a user name for this kind alone; `null` where it is a good one. */
  faultOf(user: string): string | null;
  /** @param file - as it is shown in messages */
  parse(text: string, file: string, source: string): readonly FileEntry[];
  /** Throws ConfigInvalid where there is no such hash of it, and never for any other reason. */
  hash(user: string, password: string): Promise<string>;
  /** The text with one more user, all else as it was. */
  add(text: string, wanted: NewUser): string;
  /** The text with another hash for a user that it has. */
  update(text: string, wanted: Omit<NewUser, 'grants'>): string;
  /** The text without a user that it has. */
  remove(text: string, user: string): string;
}

export const KIND_NAMES = ['users', 'htpasswd', 'tabpy'] as const;
export type KindName = (typeof KIND_NAMES)[number];

const MOST_PROBLEMS = 10;

/** The first ten problems, and how many more there are. */
export function problemLines(problems: readonly string[], file: string): string {
  const shown = problems.slice(0, MOST_PROBLEMS);
  if (problems.length > shown.length) shown.push(`${file}: ${problems.length - shown.length} more problems`);
  return shown.join('\n');
}
