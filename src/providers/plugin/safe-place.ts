import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { isCode } from '../../lib/error-code.ts';

/**
 * Whether nobody but root and the user of this process can put something else in the place of a file, or of a folder above it: what
 * is loaded from there runs with all that dashgate may.
 * @param state - dashgate's own folder, in which a request may have something written
 * @returns what is wrong; what to do. `null`: nothing
 */
export function faultOfPlace(file: string, state: string): string | null {
  const real = realpathSync(file);
  const folder = `${realOf(state)}/`;
  if (real.startsWith(folder)) return `is in ${state}, where dashgate itself writes; put it beside the configuration`;
  if (process.platform === 'win32') return null;
  // Both ways to it: who can change a link in the one needs nothing in the other.
  for (const place of new Set([...above(real), ...above(file)])) {
    const fault = faultOf(place);
    if (fault !== null) return fault;
  }
  return null;
}

function faultOf(place: string): string | null {
  const { mode, uid } = statSync(place);
  if (isReadOnly(place)) return null;
  if (uid !== 0 && uid !== process.getuid?.())
    return `${place} belongs to another user, who could change what is run; chown it to root or to who runs dashgate`;
  const isSticky = (mode & 0o1000) !== 0;
  return (mode & 0o022) === 0 || isSticky
    ? null
    : `others may write to ${place} (mode ${(mode & 0o7777).toString(8)}), and so change what is run; chmod go-w ${place}`;
}

function above(file: string): string[] {
  const places = [file];
  for (let at = file; dirname(at) !== at; at = dirname(at)) places.push(dirname(at));
  return places;
}

/** As what a container engine mounts: whatever its mode says, nobody here writes to it. */
function isReadOnly(place: string): boolean {
  try {
    accessSync(place, constants.W_OK);
    return false;
  } catch (error) {
    return isCode(error, 'EROFS');
  }
}

function realOf(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    return folder;
  }
}
