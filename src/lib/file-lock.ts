import { closeSync, existsSync, fstatSync, openSync, realpathSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout } from 'node:timers/promises';
import { ConfigInvalid } from '../errors.ts';
import { isCode } from './error-code.ts';

const LOOK_EVERY_MS = 20;

export interface LockOptions {
  /** How long it waits for others. */
  readonly waitMs?: number;
}

/**
 * Does something to a file while nobody else does who asks here, in this process or another. It is the system that locks, by
 * an empty database beside the file: with a process that dies its lock is gone, be it by kill -9, and there is no process
 * number that another could have by now.
 * @throws ConfigInvalid where the file is locked for longer than `waitMs`, or its folder cannot be written
 */
export async function withFileLock<T>(
  file: string,
  task: () => Promise<T>,
  { waitMs = 10_000 }: LockOptions = {},
): Promise<T> {
  const place = existsSync(file) ? realpathSync(file) : file;
  const lock = join(dirname(place), `.${basename(place)}.lock`);
  const untilMs = Date.now() + waitMs;
  for (;;) {
    const release = await acquire(lock, file, untilMs);
    if (!release) continue;
    try {
      return await task();
    } finally {
      release();
    }
  }
}

/** A database that is collected as garbage gives its lock back. */
const held = new Set<DatabaseSync>();

/** @returns what gives the lock back; `null` where the file that was locked is not the lock any more */
async function acquire(lock: string, file: string, untilMs: number): Promise<(() => void) | null> {
  // Held open, so that its number is given to no other file: what stands there at the end is what was locked.
  const descriptor = open(lock, file);
  let database: DatabaseSync | undefined;
  // Closed last: to close any descriptor of a file gives back all of a process's locks on it (fcntl(2)).
  const close = (): void => {
    database?.close();
    closeSync(descriptor);
  };
  const isTheLock = (): boolean => statSync(lock, { throwIfNoEntry: false })?.ino === fstatSync(descriptor).ino;
  try {
    database = new DatabaseSync(lock, { timeout: 0 });
    while (isTheLock() && !isLocked(database)) {
      if (Date.now() > untilMs) {
        throw new ConfigInvalid(`${file}: is being changed by another process for long; end that one, or try again`);
      }
      await setTimeout(LOOK_EVERY_MS);
    }
    if (isTheLock()) {
      const locked = database;
      held.add(locked);
      return () => {
        held.delete(locked);
        rmSync(lock, { force: true });
        close();
      };
    }
  } catch (error) {
    // SQLite finds nothing to lock where the file was removed in the meantime.
    if (isTheLock()) {
      close();
      throw error;
    }
  }
  close();
  return null;
}

function open(lock: string, file: string): number {
  try {
    return openSync(lock, 'a', 0o600);
  } catch (error) {
    if (!isCode(error, 'ENOENT', 'EACCES', 'EROFS', 'EPERM')) throw error;
    throw new ConfigInvalid(`${file}: cannot be written; make its folder, writable for this user`, { cause: error });
  }
}

function isLocked(database: DatabaseSync): boolean {
  try {
    database.exec('BEGIN IMMEDIATE');
    return true;
  } catch (error) {
    const BUSY = 5;
    if (error instanceof Error && 'errcode' in error && error.errcode === BUSY) return false;
    throw error;
  }
}
