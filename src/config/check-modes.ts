import type { Problem } from './explain.ts';
import type { Config } from './schema/config.ts';
import { LABEL_MODES, usesSharedPassword } from './schema/credentials.ts';

export function* checkModes({ credentials, directories }: Config): Generator<Problem> {
  if (credentials.modes.includes('ldap') && !directories.some(({ kind }) => kind === 'ldap'))
    yield {
      path: ['credentials', 'modes'],
      why: 'has ldap, but there is no LDAP directory; add one under directories, or remove it',
    };
}

export function* warnOfModes({ credentials, grants }: Config): Generator<Problem> {
  if (credentials.sharedPassword && !usesSharedPassword(credentials))
    yield {
      path: ['credentials', credentials.sharedPassword.kind === 'file' ? 'password_file' : 'password_hash'],
      why: 'is given, but no mode uses it; add auth-pass to the modes, or remove it',
    };
  for (const mode of LABEL_MODES) {
    const given = grants.modes[mode];
    const isUsed = credentials.modes.includes(mode) || (mode === 'auth-pass' && usesSharedPassword(credentials));
    if (given && !isUsed)
      yield {
        path: ['grants', 'modes', mode],
        why: 'is a mode that is not among credentials.modes, so it grants nothing; add it there, or remove it',
      };
    if (isUsed && !given?.length)
      yield {
        path: ['credentials', 'modes'],
        why: `offers ${mode}, which may open nothing; say what under grants.modes`,
      };
    if (isUsed && mode !== 'auth-pass' && given?.includes('_all_'))
      yield {
        path: ['grants', 'modes', mode],
        why: 'lets everyone open everything, without a password; is that meant?',
      };
  }
}
