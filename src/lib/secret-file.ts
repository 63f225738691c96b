import { chmodSync, mkdirSync, statSync } from 'node:fs';
import { ConfigInvalid } from '../errors.ts';

/**
 * Looks whether others on the machine may read a secret. Where the mode is ours to set, it must be set: ConfigInvalid says
 * how. Where it is not (a secret that a container engine mounts, read-only, root's or 0444), the platform has decided who
 * reads it, and refusing would leave no way to start: then it is a warning. A file of root's that only a group of this process
 * may read besides is as private as such a platform can make it (Kubernetes: `fsGroup` and mode 0440).
 * @returns the warning, or `null` where all is well
 */
export function checkPrivate(file: string): string | null {
  if (process.platform === 'win32') return null;
  const found = statSync(file);
  const mode = found.mode & 0o7777;
  if ((mode & 0o077) === 0) return null;
  const warning = `${file}: others on this machine may read it (mode ${mode.toString(8).padStart(3, '0')})`;
  if (isOursToSet(file, mode)) throw new ConfigInvalid(`${warning}; chmod 600 ${file}`);
  const isOfOurGroup = found.uid === 0 && (mode & 0o037) === 0 && isOurGroup(found.gid);
  return isOfOurGroup ? null : `${warning}; mount it so that only this user can read it`;
}

const isOurGroup = (gid: number): boolean =>
  gid !== 0 && (process.getegid?.() === gid || (process.getgroups?.().includes(gid) ?? false));

/** Asked by setting the mode that it has: the answer for a read-only mount, and for another's file, is an error. */
function isOursToSet(file: string, mode: number): boolean {
  try {
    chmodSync(file, mode);
    return true;
  } catch {
    return false;
  }
}

/**
 * Makes the folder that secrets are kept in, with mode 700, unless it is there: then it is left as it is, as it may be
 * shared on purpose; the files in it have modes of their own. Throws ConfigInvalid where there can be no such folder.
 * @returns a warning where others can put files in the place of ours, else `null`
 */
export function createSecretFolder(folder: string): string | null {
  let mode: number;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const found = statSync(folder);
    if (!found.isDirectory()) throw new TypeError('not a folder');
    mode = found.mode & 0o7777;
  } catch (error) {
    throw new ConfigInvalid(
      `${folder}: cannot be made a folder; make its parent writable for this user, or name another`,
      {
        cause: error,
      },
    );
  }
  const isSticky = (mode & 0o1000) !== 0;
  if (process.platform === 'win32' || isSticky || (mode & 0o022) === 0) return null;
  return `${folder}: others on this machine may replace what is in it (mode ${mode.toString(8)}); chmod 700 ${folder}`;
}
