import type { Config } from '../config/schema/config.ts';
import { isLabelMode, type LabelMode, type Mode, usesSharedPassword } from '../config/schema/credentials.ts';
import { type Directory, findPerson, type PasswordFinding, type Person } from '../directories/directory.ts';
import type { HashQueue } from '../directories/hash/queue.ts';
import { createNarrowed } from '../directories/narrowed.ts';
import { nobodysDirectory } from '../directories/nobody.ts';
import type { Log } from '../telemetry/log.ts';
import { isLabel, labelOf, modeOfLabel, named, nameless, SHARED, subOfMode } from './modes/label.ts';
import { openSharedPassword, type SharedPassword } from './modes/shared-password.ts';

/** What becomes of what somebody typed, before anything is looked at that costs something. */
export type Claim =
  /** Taken as it is: it proves nothing, and gets no more than its mode does. */
  | { readonly kind: 'label'; readonly person: Person }
  /** A password, to be counted as an attempt at `name` before it is checked. */
  | { readonly kind: 'password'; readonly name: string; readonly verify: () => Promise<PasswordFinding> }
  | { readonly kind: 'refused'; readonly why: 'incomplete' | 'bad-name' | 'not-wanted' };

/** The ways to prove who one is that the configuration offers. */
export interface Modes {
  /** In the order of the configuration; never empty. */
  readonly offered: readonly Mode[];
  readonly allowsBlankUser: boolean;
  /** By a mode that was offered. */
  claim(mode: Mode, user: string, password: string): Claim;
  /**
   * All who may be signed in today, with labels among them, and what Basic is checked against: user name and password, or
   * nobody's name and the shared password. Whoever came by a mode that is no longer offered is not in it.
   */
  readonly directory: Directory;
  /** By `sub`, what the modes without users hang on; where one changes or goes, its sessions end. */
  proofs(): readonly (readonly [sub: string, proof: string])[];
  close(): void;
}

export interface ModesOptions {
  readonly credentials: Config['credentials'];
  /** All directories as one, and those of them that are asked over the network. */
  readonly directory: Directory;
  readonly remote: readonly Directory[];
  /** Whether others vouch for people, providers or connected apps: then nobody need have a password here. */
  readonly hasProviders?: boolean;
  readonly queue: HashQueue;
  readonly log: Log;
  /** Called when `proofs` has changed. */
  readonly onChanged: () => void;
}

/** @throws ConfigInvalid where the shared password cannot be used */
export async function openModes(options: ModesOptions): Promise<Modes> {
  const { credentials, directory, remote, hasProviders = false, queue, log, onChanged } = options;
  const { modes: offered, allowsBlankUser, sharedPassword } = credentials;
  const shared: SharedPassword | null =
    sharedPassword && usesSharedPassword(credentials)
      ? await openSharedPassword(sharedPassword, { queue, log, onChanged })
      : null;
  const ldap = offered.includes('ldap') && remote.length > 0 ? createNarrowed(directory, remote) : nobodysDirectory;
  const users = offered.includes('auth-user-pass') ? directory : ldap;
  if (offered.includes('auth-user-pass') && directory === nobodysDirectory && !hasProviders)
    log.warn(missing('auth-user-pass'));
  if (offered.includes('ldap') && ldap === nobodysDirectory) log.warn(missing('ldap'));

  /** Modes without users whose sessions count. The shared password is one proof, by whichever form it came. */
  const live = new Set<LabelMode>([...offered.filter(isLabelMode), ...(shared ? (['auth-pass'] as const) : [])]);
  const personOf = (sub: string): Person | null => {
    const mode = modeOfLabel(sub);
    return mode !== null && live.has(mode) ? labelOf(sub) : null;
  };

  const byShared = (password: string): Claim =>
    password === '' || !shared
      ? { kind: 'refused', why: 'incomplete' }
      : { kind: 'password', name: SHARED, verify: () => shared.verify(password) };
  const byPassword = (at: Directory, user: string, password: string): Claim =>
    user === '' || password === ''
      ? { kind: 'refused', why: 'incomplete' }
      : { kind: 'password', name: at.canonical(user), verify: () => at.verify(user, password) };
  const byName = (user: string): Claim => {
    if (user === '') return { kind: 'refused', why: 'incomplete' };
    const person = named(user);
    return person ? { kind: 'label', person } : { kind: 'refused', why: 'bad-name' };
  };
  // Whoever sends a password believes that it is looked at.
  const notWanted: Claim = { kind: 'refused', why: 'not-wanted' };

  return {
    offered,
    allowsBlankUser,
    claim(mode, user, password) {
      switch (mode) {
        case 'auth-none':
          return user === '' && password === '' ? { kind: 'label', person: nameless('auth-none') } : notWanted;
        case 'auth-user':
          return password === '' ? byName(user) : notWanted;
        case 'auth-pass':
          return user === '' ? byShared(password) : notWanted;
        case 'auth-user-pass':
          return user === '' && allowsBlankUser ? byShared(password) : byPassword(directory, user, password);
        case 'ldap':
          return byPassword(ldap, user, password);
      }
    },
    directory: {
      source: 'modes',
      // No user name has a colon, so none is this one.
      canonical: (user) => (user === '' && shared ? SHARED : users.canonical(user)),
      verify: (user, password) =>
        shared && (user === '' || user === SHARED) ? shared.verify(password) : users.verify(user, password),
      find: async (user) => (await users.find?.(user)) ?? null,
      current: (sub) => (isLabel({ sub }) ? personOf(sub) : users.current(sub)),
      lookUp: async (sub) => (isLabel({ sub }) ? personOf(sub) : findPerson(users, sub)),
      passwordTerm: (sub) => (isLabel({ sub }) ? undefined : users.passwordTerm?.(sub)),
      granted: directory.granted,
      onChanged: directory.onChanged,
      close() {},
    },
    proofs: () => [...live].map((mode) => [subOfMode(mode), mode === 'auth-pass' ? (shared?.proof ?? '') : '']),
    close: () => shared?.close(),
  };
}

/** Directories wait for the next start, and modes do not. */
const missing = (mode: Mode): string =>
  `credentials.modes: has ${mode}, but no directory for it has been opened, so nobody can sign in by it; restart dashgate to open those of the configuration`;
