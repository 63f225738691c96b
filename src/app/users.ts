import type { Config } from '../config/schema/config.ts';
import { ALL_OF_ANYONE, ANYONE } from '../directories/anyone.ts';
import type { Directory } from '../directories/directory.ts';
import type { HashQueue } from '../directories/hash/queue.ts';
import { type Directories, openDirectories } from '../directories/open.ts';
import type { PasswordFile } from '../directories/password-file.ts';
import { type Clock, nowSec } from '../lib/clock.ts';
import type { SessionStore } from '../session/store.ts';
import type { Log } from '../telemetry/log.ts';
import { reloadOnChange } from '../telemetry/reload.ts';

/** Who may sign in with a password of their own, kept up with the files and the servers that say so. */
export interface Users extends Pick<Directories, 'directory' | 'remote'> {
  close(): void;
}

export interface UsersOptions {
  readonly queue: HashQueue;
  readonly clock: Clock;
  readonly log: Log;
  readonly store: Pick<SessionStore, 'noteProofs' | 'revokeSubjects'>;
  /** Called when the users of a file are others than before, or a server says something else of one. */
  readonly onReload: () => void;
  /** In place of those of the configuration. */
  readonly given: ((queue: HashQueue) => Promise<Directory>) | undefined;
}

/** Ends the sessions of who is gone, or has another password. Throws ConfigInvalid, StoreUnavailable. */
export async function openUsers(config: Config, options: UsersOptions): Promise<Users> {
  const { queue, clock, log, store, onReload, given } = options;
  using opening = new DisposableStack();
  /** Whoever has another password than at the last time, or is gone, is signed out, though nothing ran when that happened. */
  const takeIn = (file: PasswordFile): void => {
    for (const line of file.warnings) log.warn(line);
    const proofs = file.users.map(({ person, hash }) => [person.sub, hash.text] as const);
    store.noteProofs(file.source, proofs, nowSec(clock));
  };
  const opened = Promise.withResolvers<Directories>();
  const watch = (file: string): (() => void) =>
    reloadOnChange(file, { what: 'users file', log, fields: { file }, endsSessions: true }, async () => {
      const { passwords } = await opened.promise;
      try {
        for (const changed of await passwords.reload(file)) takeIn(changed);
      } finally {
        // Also where the store could not be told: the users of the file count.
        onReload();
      }
    });
  if (!given) {
    // Watched first and read then, so that no change is missed between the two.
    for (const each of config.directories) if (each.kind === 'file') opening.defer(watch(each.file));
    opened.resolve(
      await openDirectories(config, {
        ...{ queue, clock, onChanged: onReload },
        warn: (line) => log.warn(line),
      }),
    );
  }
  const { directory, passwords, remote, sharedProof } = given
    ? { directory: await given(queue), passwords: null, remote: [], sharedProof: null }
    : await opened.promise;
  opening.defer(() => directory.close());
  directory.onChanged((subs) => store.revokeSubjects(subs, nowSec(clock)));
  passwords?.files.forEach(takeIn);
  if (sharedProof !== null) store.noteProofs(ANYONE, [[ALL_OF_ANYONE, sharedProof]], nowSec(clock));
  const all = opening.move();
  return { directory, remote, close: () => all.dispose() };
}
