/** A person as a directory has them today: no password, nothing of a session. */
export interface Person {
  /** `<source>:<immutable id>` */
  readonly sub: string;
  readonly user: string;
  readonly name: string;
  readonly email: string;
  readonly groups: readonly string[];
  /** What the directory itself grants; configuration adds to it. */
  readonly allowedResources: readonly string[];
  /** A provider vouches for them: grants to the user names of directories are not theirs. */
  readonly isVouched?: true;
}

/** What became of a password. `unknown-user` and `bad-password` cost the same, and a client is told neither apart. */
export type PasswordFinding =
  | { readonly kind: 'right'; readonly person: Person }
  | {
      readonly kind: 'wrong';
      readonly reason: 'unknown-user' | 'bad-password';
      /** Whose password was tried, canonical, where a directory knows one person by several names. */
      readonly user?: string;
    };

/** How long a password that was found right is taken as right without asking again, and how much longer while nobody can be asked. */
export interface PasswordTerm {
  readonly lifeMs: number;
  readonly graceMs: number;
}

/** The person behind a `sub`, asked for where need be. Throws only when it could not be found out. */
export async function findPerson(
  directory: Pick<Directory, 'current' | 'lookUp'>,
  sub: string,
): Promise<Person | null> {
  const known = directory.current(sub);
  return known === undefined ? ((await directory.lookUp?.(sub)) ?? null) : known;
}

/** A place where passwords are checked. */
export interface Directory {
  /** Stands in `sub` before the colon. */
  readonly source: string;
  /** The one spelling of a user name that is counted, cached and looked up. */
  canonical(user: string): string;
  /** Throws only when it could not find out, never for a wrong password. */
  verify(user: string, password: string): Promise<PasswordFinding>;
  /** Whether it has a user of this name now. No I/O; absent where it cannot tell without asking. */
  knows?(user: string): boolean;
  /** The same, asked for where `knows` is absent. Throws only when it could not find out. */
  finds?(user: string): Promise<boolean>;
  /**
   * Who would sign in by a user name, without a password: not for clients, as nothing of it costs the same for all. Throws only
   * when it could not find out. Absent: nobody is found by name alone.
   */
  find?(user: string): Promise<Person | null>;
  /**
   * The person behind a `sub` as the directory has them now, `null` where they are gone, `undefined` where it has to be asked
   * by `lookUp`. No I/O.
   */
  current(sub: string): Person | null | undefined;
  /** Asks a directory that is far away. Throws only when it could not find out. Absent: `current` knows everybody. */
  lookUp?(sub: string): Promise<Person | null>;
  /** Everything that it grants to anybody now, canonical; empty where nobody can be asked for that. */
  granted(): ReadonlySet<string>;
  /** For how long this person's password, once found right, counts. Absent: until `onChanged` says otherwise. */
  passwordTerm?(sub: string): PasswordTerm | undefined;
  /** Calls back once for each change, with every `sub` whose password changed or who was removed; returns what stops it. */
  onChanged(listener: (subs: readonly string[]) => void): () => void;
  close(): void;
}
