import { isMode, type Mode } from '../config/schema/credentials.ts';
import type { Modes } from '../identity/modes.ts';

/**
 * The mode that a form or program means. Whoever names none means user name and password, or the only mode that there is.
 * @returns `null` where it is not offered
 */
export function modeMeant({ offered }: Pick<Modes, 'offered'>, named: string | undefined): Mode | null {
  if (named !== undefined) return isOffered(offered, named) ? named : null;
  if (offered.includes('auth-user-pass')) return 'auth-user-pass';
  return (offered.length === 1 && offered[0]) || null;
}

/** The mode whose form is shown: that which was asked for, else that of the last time, else the first. */
export function modeShown({ offered }: Pick<Modes, 'offered'>, asked: unknown, remembered: Mode | null): Mode {
  for (const mode of [asked, remembered]) {
    if (typeof mode === 'string' && isOffered(offered, mode)) return mode;
  }
  return offered[0] ?? 'auth-user-pass';
}

const isOffered = (offered: readonly Mode[], named: string): named is Mode => isMode(named) && offered.includes(named);
