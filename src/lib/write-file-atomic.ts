import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  linkSync,
  openSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { ConfigInvalid } from '../errors.ts';
import { isCode } from './error-code.ts';

/**
 * Writes a file that others see whole or not at all, and that is on the disk when the call returns. It keeps mode and owner of
 * the one whose place it takes, and a symlink to it; a new one has mode 600.
 * @throws what node:fs throws, and ConfigInvalid where the owner cannot be kept; the old file is then untouched
 */
export function replaceFile(file: string, text: string): void {
  const place = existsSync(file) ? realpathSync(file) : file;
  writeBeside(place, text, (temporary) => renameSync(temporary, place), statSync(place, { throwIfNoEntry: false }));
}

/** Removes what a process left that was killed while it wrote this file. Only where no other writes it: under its lock. */
export function removeLeftovers(file: string): void {
  const place = existsSync(file) ? realpathSync(file) : file;
  const folder = dirname(place);
  for (const name of readdirSync(folder)) {
    const isOurs = name.startsWith(`.${basename(place)}.`) && /^[0-9a-f]{12}\.tmp$/.test(name.slice(-16));
    if (isOurs) rmSync(join(folder, name), { force: true });
  }
}

/**
 * The same for a file that must not be there yet. Of two that try at once one wins, and neither sees a part of a file.
 * @returns false where the file exists; it is left as it is
 */
export function createFile(file: string, text: string): boolean {
  // Asked first, as one that is there may be in a folder that is read-only.
  if (existsSync(file)) return false;
  try {
    writeBeside(file, text, (temporary) => {
      try {
        linkSync(temporary, file);
      } catch (error) {
        // No hard links on this file system: still one winner, but a reader could come while it writes.
        if (!isCode(error, 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS')) throw error;
        writeWhole(file, text);
      }
      rmSync(temporary);
    });
    return true;
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false;
    throw error;
  }
}

function writeBeside(file: string, text: string, putInPlace: (temporary: string) => void, like?: Stats): void {
  const folder = dirname(file);
  const temporary = join(folder, `.${basename(file)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    writeWhole(temporary, text, like);
    putInPlace(temporary);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  syncFolder(folder);
}

function writeWhole(file: string, text: string, like?: Stats): void {
  const descriptor = openSync(file, 'wx', 0o600);
  try {
    if (like) dress(descriptor, file, like);
    writeFileSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Gives a file the owner and mode of another; the mode last, as a change of owner takes bits from it (chown(2)). */
function dress(descriptor: number, file: string, { uid, gid, mode }: Stats): void {
  const own = fstatSync(descriptor);
  if (own.uid !== uid || own.gid !== gid) {
    try {
      fchownSync(descriptor, uid, gid);
    } catch (error) {
      throw new ConfigInvalid(
        `${file}: the file whose place it takes belongs to another user or group, and would not any more; do this as its owner or as root`,
        { cause: error },
      );
    }
  }
  fchmodSync(descriptor, mode & 0o7777);
}

/** The name in the folder is on the disk only after this (fsync(2)). Some file systems and Windows cannot: then it is not. */
function syncFolder(folder: string): void {
  try {
    const descriptor = openSync(folder, 'r');
    try {
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    if (!isCode(error, 'EISDIR', 'EPERM', 'EACCES', 'EINVAL', 'ENOTSUP')) throw error;
  }
}
