import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, linkSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isCode } from './error-code.ts';

/**
 * Writes a file that others see whole or not at all, and that is on the disk when the call returns. Mode 600.
 * @throws what node:fs throws; the old file, if there was one, is then untouched
 */
export function replaceFile(file: string, text: string): void {
  writeBeside(file, text, (temporary) => renameSync(temporary, file));
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

function writeBeside(file: string, text: string, putInPlace: (temporary: string) => void): void {
  const folder = dirname(file);
  const temporary = join(folder, `.${basename(file)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    writeWhole(temporary, text);
    putInPlace(temporary);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  syncFolder(folder);
}

function writeWhole(file: string, text: string): void {
  const descriptor = openSync(file, 'wx', 0o600);
  try {
    writeFileSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
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
