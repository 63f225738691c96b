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
}

/** What became of a password. `unknown-user` and `bad-password` cost the same, and a client is told neither apart. */
export type PasswordFinding =
  | { readonly kind: 'right'; readonly person: Person }
  | { readonly kind: 'wrong'; readonly reason: 'unknown-user' | 'bad-password' };

/** A place where passwords are checked. */
export interface Directory {
  /** Stands in `sub` before the colon. */
  readonly source: string;
  /** The one spelling of a user name that is counted, cached and looked up. */
  canonical(user: string): string;
  /** Throws only when it could not find out, never for a wrong password. */
  verify(user: string, password: string): Promise<PasswordFinding>;
  /** The person behind a `sub` as the directory has them now, or `null` where they are gone. No I/O. */
  current(sub: string): Person | null;
  /** Calls back with each `sub` whose password changed or who was removed; returns what stops it. */
  onChanged(listener: (sub: string) => void): () => void;
  close(): void;
}
