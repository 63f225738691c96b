import type { Config } from '../config/schema/config.ts';
import { ANYONE } from '../directories/anyone.ts';
import type { Person } from '../directories/directory.ts';
import type { Directories } from '../directories/open.ts';
import { createFindIdentity, subOf } from '../identity/connected/people.ts';
import { createIdentityOf } from '../identity/identities.ts';
import type { Identity } from '../identity/identity.ts';

/** As whom to take somebody who is looked up. */
export interface As extends Pick<Identity, 'amr' | 'acr' | 'authTimeSec'> {
  /** Groups that a provider would say, beside those of a directory. */
  readonly groups: readonly string[];
}

/**
 * Who signs in by a user name, by the first directory that has it, with what they are granted; a name that only `grants.users` has,
 * or that is given groups, stands for who will come by it. `null`: nobody. Throws DirectoryUnavailable.
 */
export async function findIdentity(
  name: string,
  config: Pick<Config, 'directories' | 'grants' | 'connectedApps'>,
  directories: Directories,
  { groups, ...proof }: As = { amr: [], authTimeSec: 0, groups: [] },
): Promise<Identity | null> {
  const vouched = await findVouched(name, config, directories, groups);
  if (vouched !== undefined) return vouched;
  const user = directories.directory.canonical(name);
  const person = await findPerson(user, config, directories);
  const isGranted = Object.keys(config.grants.users).some((key) => directories.directory.canonical(key) === user);
  if (!person && !isGranted && groups.length === 0) return null;
  const nobodys: Person = { sub: UNKNOWN + user, user, name: user, email: '', groups: [], allowedResources: [] };
  const found = person ?? nobodys;
  const all = [...new Set([...found.groups, ...groups])];
  return createIdentityOf(config.grants)({ ...found, groups: all }, proof);
}

/** Whom a connected app would vouch for, by the `sub` in full; `undefined`: it is that of nobody such. */
async function findVouched(
  sub: string,
  { connectedApps, grants }: Pick<Config, 'grants' | 'connectedApps'>,
  { directory }: Directories,
  groups: readonly string[],
): Promise<Identity | null | undefined> {
  const app = connectedApps.find(
    ({ clientId, users }) => users === 'own' && sub.startsWith(subOf(clientId, '')) && sub !== subOf(clientId, ''),
  );
  if (!app) return undefined;
  const find = createFindIdentity({ directory, identityOf: createIdentityOf(grants) });
  const said = { shown: null, name: '', email: '', groups, resources: [], scopes: app.scopes };
  return app.isEnabled ? await find({ client: app.clientId, sub, ...said }, app) : null;
}

const UNKNOWN = 'unknown:';

/** Whether no directory here has somebody who was found. */
export const isUnknown = ({ sub }: Pick<Identity, 'sub'>): boolean => sub.startsWith(UNKNOWN);

async function findPerson(
  user: string,
  config: Pick<Config, 'directories'>,
  { directory, passwords, remote }: Directories,
): Promise<Person | null> {
  const files = [...passwords.files];
  const far = [...remote];
  for (const { kind } of config.directories) {
    const found =
      kind === 'file'
        ? [...(files.shift()?.users ?? [])].find(({ person }) => person.user === user)?.person
        : kind === 'anyone'
          ? directory.current(`${ANYONE}:${user}`)
          : await far.shift()?.find(user);
    if (found) return found;
  }
  return null;
}
