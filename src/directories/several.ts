import { ConfigInvalid, DashgateError, HalfAnswered } from '../errors.ts';
import type { Directory, PasswordFinding, Person } from './directory.ts';

/**
 * Several directories as one. The first that knows the user decides, in the order given. All are asked unless the password
 * is right, so that the time of a refusal does not tell which of them knows the name, and none may fail unseen.
 */
export function createSeveral(directories: readonly Directory[]): Directory {
  const [first, ...others] = directories;
  if (!first)
    throw new ConfigInvalid('directories: none is configured; name a users file: directories: [{ file: users.yaml }]');
  const bySource = new Map(directories.map((directory) => [directory.source, directory]));
  if (bySource.size < directories.length) {
    const sources = directories.map((directory) => directory.source);
    const twice = sources.find((source, at) => sources.indexOf(source) !== at);
    throw new ConfigInvalid(
      `directories: two of them have the source "${twice}", so their users could not be told apart; join them into one`,
    );
  }
  if (others.length === 0) return first;

  const directoryOf = (sub: string): Directory | undefined => bySource.get(sub.slice(0, sub.indexOf(':')));
  /** Somebody whose user name an earlier directory has too is that directory's, by whatever other name they came. */
  const isHidden = (directory: Directory, { user }: Person): boolean =>
    directories.slice(0, directories.indexOf(directory)).some((earlier) => earlier.knows?.(user));
  /** Also by an earlier directory that has to be asked. By the name that was typed all of them have been. */
  const isHiddenFar = async (directory: Directory, person: Person, typed: string | null): Promise<boolean> => {
    if (isHidden(directory, person)) return true;
    if (typed !== null && person.user === directory.canonical(typed)) return false;
    for (const earlier of directories.slice(0, directories.indexOf(directory))) {
      if (await earlier.finds?.(person.user)) return true;
    }
    return false;
  };
  let parts: readonly (ReadonlySet<string> | undefined)[] = [];
  let all: ReadonlySet<string> = new Set();
  return {
    granted() {
      const now = directories.map((directory) => directory.granted());
      if (now.length !== parts.length || now.some((part, at) => part !== parts[at]))
        all = new Set(now.flatMap((part) => [...(part ?? [])]));
      parts = now;
      return all;
    },
    source: directories.map((directory) => directory.source).join('+'),
    canonical: first.canonical,
    async verify(user, password) {
      let verdict: PasswordFinding | null = null;
      for (const directory of directories) {
        const found = await directory.verify(user, password).catch((error: unknown) => {
          const isHalf = directory !== first && error instanceof DashgateError && !(error instanceof HalfAnswered);
          throw isHalf ? new HalfAnswered(error) : error;
        });
        if (verdict || (found.kind === 'wrong' && found.reason === 'unknown-user')) continue;
        if (found.kind === 'right' && !(await isHiddenFar(directory, found.person, user))) return found;
        verdict = { kind: 'wrong', reason: 'bad-password' };
        if (found.kind === 'wrong') verdict = found;
      }
      return verdict ?? { kind: 'wrong', reason: 'unknown-user' };
    },
    async find(user) {
      for (const directory of directories) {
        const person = await directory.find?.(user);
        if (person) return (await isHiddenFar(directory, person, user)) ? null : person;
      }
      return null;
    },
    current(sub) {
      const directory = directoryOf(sub);
      const person = directory ? directory.current(sub) : null;
      return directory && person && isHidden(directory, person) ? null : person;
    },
    async lookUp(sub) {
      const directory = directoryOf(sub);
      const person = (await directory?.lookUp?.(sub)) ?? null;
      return directory && person && (await isHiddenFar(directory, person, null)) ? null : person;
    },
    passwordTerm: (sub) => directoryOf(sub)?.passwordTerm?.(sub),
    onChanged(listener) {
      const stops = directories.map((directory) => directory.onChanged(listener));
      return () => {
        for (const stop of stops) stop();
      };
    },
    close() {
      for (const directory of directories) directory.close();
    },
  };
}
