import type { Config } from '../../config/schema/config.ts';
import type { PasswordFinding } from '../../directories/directory.ts';
import { parseArgon2 } from '../../directories/hash/argon2.ts';
import { parseBcrypt } from '../../directories/hash/bcrypt.ts';
import { isWeak } from '../../directories/hash/password-hash.ts';
import type { HashQueue } from '../../directories/hash/queue.ts';
import { createPasswordFile } from '../../directories/password-file.ts';
import { createUsersTable } from '../../directories/users-table.ts';
import { ConfigInvalid } from '../../errors.ts';
import type { Log } from '../../telemetry/log.ts';
import { reloadOnChange } from '../../telemetry/reload.ts';
import { nameless, SHARED } from './label.ts';

/** One password for all who come by it. */
export interface SharedPassword {
  verify(password: string): Promise<PasswordFinding>;
  /** What the password is checked against now: another one, and the sessions of the last one end. */
  readonly proof: string;
  close(): void;
}

export interface SharedPasswordOptions {
  readonly queue: HashQueue;
  readonly log: Pick<Log, 'info' | 'warn' | 'error'>;
  /** Called when the file has another password than before. */
  readonly onChanged: () => void;
}

type Choice = NonNullable<Config['credentials']['sharedPassword']>;

/** @throws ConfigInvalid where there is no such password */
export const openSharedPassword = (choice: Choice, options: SharedPasswordOptions): Promise<SharedPassword> =>
  choice.kind === 'hash' ? openHash(choice.hash, options) : openFile(choice.file, options);

/** Of the configuration itself. Throws ConfigInvalid, in words that do not repeat it. */
async function openHash(text: string, { queue, log }: SharedPasswordOptions): Promise<SharedPassword> {
  const hash = text.startsWith('$2') ? parseBcrypt(text) : parseArgon2(text);
  if (typeof hash === 'string') throw new ConfigInvalid(`credentials.password_hash: ${hash}`);
  if (isWeak(hash)) log.warn('credentials.password_hash: is cheap to guess; hash the password again, at a higher cost');
  const person = nameless('auth-pass');
  const table = createUsersTable({ source: 'label', users: [{ person, hash }], queue });
  return { verify: (password) => table.verify(SHARED, password), proof: hash.text, close: table.close };
}

async function openFile(name: string, { queue, log, onChanged }: SharedPasswordOptions): Promise<SharedPassword> {
  const accept = (users: readonly unknown[]): void => {
    if (users.length === 1) return;
    throw new ConfigInvalid(
      `${name}: has ${users.length} users, and the shared password is that of one; remove the others, or name a file of its own in credentials.password_file`,
    );
  };
  let isOpen = true;
  const { promise: opened, resolve } = Promise.withResolvers<void>();
  const told = { what: 'shared password', log, fields: { file: name }, endsSessions: true };
  // Watched first and read then, so that no change is missed between the two.
  const stop = reloadOnChange(name, told, async () => {
    await opened;
    const before = proofOf();
    await file.reload();
    for (const line of file.warnings) log.warn(line);
    if (isOpen && proofOf() !== before) onChanged();
  });
  const file = await createPasswordFile({ file: name, name: 'label', queue, accept }).catch((error: unknown) => {
    stop();
    throw error;
  });
  const proofOf = (): string => file.users[0]?.hash.text ?? '';
  try {
    accept(file.users);
  } catch (error) {
    stop();
    throw error;
  }
  for (const line of file.warnings) log.warn(line);
  resolve();

  return {
    async verify(password) {
      const { kind } = await file.verify(file.users[0]?.person.user ?? '', password);
      return kind === 'right'
        ? { kind, person: nameless('auth-pass') }
        : { kind, reason: 'bad-password', user: SHARED };
    },
    get proof() {
      return proofOf();
    },
    close() {
      isOpen = false;
      stop();
      file.close();
    },
  };
}
