import { text as readAll } from 'node:stream/consumers';
import { makePassword } from '../../directories/password.ts';
import { UsageError } from '../../errors.ts';
import type { Io } from '../command.ts';
import type { UserOptions } from './options.ts';
import { askHidden } from './prompt.ts';

/** The password of a command, and whether it was made here and is to be said. */
export interface ChosenPassword {
  readonly password: string;
  readonly isGenerated: boolean;
}

type Wanted = Pick<UserOptions, 'password' | 'isPrompted'>;

/** For a user who gets a password: as given, as typed twice, or generated. Throws UsageError. */
export async function newPassword({ password, isPrompted }: Wanted, io: Io): Promise<ChosenPassword> {
  if (password !== undefined) return { password: await given(password, io), isGenerated: false };
  if (!isPrompted) return { password: makePassword(), isGenerated: true };
  const [first = '', again] = await askHidden(['Password: ', 'Once more: '], io);
  if (first !== again) throw new UsageError('the two are not the same; nothing was changed');
  return { password: first, isGenerated: false };
}

/** For a password that is to be checked: as given, or as typed. Throws UsageError. */
export async function knownPassword({ password }: Wanted, io: Io): Promise<string> {
  if (password !== undefined) return given(password, io);
  const [typed = ''] = await askHidden(['Password: '], io);
  return typed;
}

async function given(password: string, { stdin }: Pick<Io, 'stdin'>): Promise<string> {
  // Without the line end that `echo` and editors put behind it.
  return password === '-' ? (await readAll(stdin)).replace(/\r?\n$/, '') : password;
}
