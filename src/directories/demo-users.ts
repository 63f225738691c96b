import type { Directory } from './directory.ts';
import { hashArgon2, parseArgon2 } from './hash/argon2.ts';
import type { HashQueue } from './hash/queue.ts';
import { passwordBytes } from './password.ts';
import { createUsersTable, type UserEntry } from './users-table.ts';

/** Their passwords are public: they exist in the demo, and nowhere that is reached from beyond this machine. */
export const DEMO_USERS = [
  { user: 'mica', password: '1234', name: 'Mica', allowedResources: ['_all_'] },
  { user: 'mike', password: '123456', name: 'Mike', allowedResources: ['marketing'] },
] as const;

/** A directory of the demo's users, with source `demo`. Hashes as dear as any other's are made here, at each start. */
export async function createDemoDirectory(queue: HashQueue): Promise<Directory> {
  const SOURCE = 'demo';
  const users = await Promise.all(
    DEMO_USERS.map(async ({ user, password, name, allowedResources }): Promise<UserEntry> => {
      const hash = parseArgon2(await queue.run(() => hashArgon2(passwordBytes(password) ?? new Uint8Array())));
      if (typeof hash === 'string') throw new TypeError(`a fresh hash ${hash}`);
      const person = {
        sub: `${SOURCE}:${user}`,
        user,
        name,
        email: `${user}@example.com`,
        groups: [],
        allowedResources,
      };
      return { person: Object.freeze(person), hash };
    }),
  );
  return createUsersTable({ source: SOURCE, users, queue });
}
