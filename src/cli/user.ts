import { addUser, listUsers, removeUser, updateUser } from '../directories/edit-users.ts';
import { createHashQueue } from '../directories/hash/queue.ts';
import { createPasswordFile } from '../directories/password-file.ts';
import { UsageError } from '../errors.ts';
import type { Command, Io } from './command.ts';
import { readUserOptions, type UserOptions } from './user/options.ts';
import { knownPassword, newPassword } from './user/password.ts';

export const user: Command = {
  name: 'user',
  summary: 'Manage the users of a password file: users.yaml, htpasswd or TabPy’s',
  usage: `Usage: dashgate user add    -u NAME [-f FILE] [-p PASSWORD | --prompt]
                            [--allow GRANTS] [--format KIND]
       dashgate user update -u NAME [-f FILE] [-p PASSWORD | --prompt]
       dashgate user remove -u NAME [-f FILE]
       dashgate user list   [-f FILE]
       dashgate user verify -u NAME [-f FILE] [-p PASSWORD]

  -u, --username NAME      who
  -f, --pwdfile FILE       the file (default: that of TABPY_PWD_FILE, else
                           users.yaml); "add" makes it where there is none
  -p, --password PASSWORD  the password; "-" reads it from standard input.
                           Without it "add" and "update" generate one and say
                           it once; "verify" asks for it
  --prompt                 ask for the new password on the terminal, twice
  --allow GRANTS           what they may open, as marketing,sales/hr or _all_;
                           other kinds of file have this in the configuration,
                           under grants.users
  --format KIND            what a new file is: users, htpasswd or tabpy.
                           Without it *.yaml is a users file, and a name with
                           htpasswd or tabpy in it says so itself
  -h, --help               this text

A password on the command line can be seen by others on this machine: "-p -"
and --prompt cannot. Comments, order, mode and owner of the file stay, and
nobody sees half of it. "list" says names and grants, never a hash.

Exit code 1: there is such a user already (add), there is none (update,
remove) or no other (remove), or name and password do not fit (verify).
Exit code 2: the file is broken or cannot be written; it is left as it is.`,

  async run([verb = '', ...args], io) {
    const run = Object.hasOwn(VERBS, verb) ? VERBS[verb] : undefined;
    if (!run) {
      throw new UsageError(`say what to do: dashgate user ${Object.keys(VERBS).join('|')}; see dashgate user --help`);
    }
    const options = readUserOptions(args, io);
    if (options.grants && verb !== 'add') throw new UsageError(`--allow is not known here; it goes with "user add"`);
    return (await run(options, io)) ? 0 : 1;
  },
};

/** @returns whether it is done; why not has been said */
type Verb = (options: UserOptions, io: Io) => Promise<boolean>;

const VERBS: Readonly<Record<string, Verb>> = {
  async add(options, io) {
    const { file, format } = options;
    const user = named(options);
    const { password, isGenerated } = await newPassword(options, io);
    const isDone = await addUser(file, { user, password, format, grants: options.grants ?? [] });
    if (!isDone) return refuse(io, `${file}: has such a user already; to set another password: dashgate user update`);
    if (isGenerated) io.out(`Generated password: ${password}\n`);
    return true;
  },

  async update(options, io) {
    const { file, format } = options;
    const user = named(options);
    const { password, isGenerated } = await newPassword(options, io);
    const isDone = await updateUser(file, { user, password, format });
    if (!isDone) return refuse(io, `${file}: has no such user; to add one: dashgate user add`);
    if (isGenerated) io.out(`Generated password: ${password}\n`);
    return true;
  },

  async remove(options, io) {
    const { file } = options;
    const came = await removeUser(file, named(options));
    if (came === 'unknown') return refuse(io, `${file}: has no such user`);
    if (came === 'last')
      return refuse(
        io,
        `${file}: has no other user, and a file without users is refused; add another first, or take the file out of "directories"`,
      );
    return true;
  },

  async list({ file }, io) {
    for (const { person } of listUsers(file).users) {
      const grants = person.allowedResources.join(',');
      io.out(`${person.user}${grants === '' ? '' : `\t${grants}`}\n`);
    }
    return true;
  },

  async verify(options, io) {
    const user = named(options);
    const directory = await createPasswordFile({ file: options.file, queue: createHashQueue() });
    const password = await knownPassword(options, io);
    const { kind } = await directory.verify(user, password);
    directory.close();
    return kind === 'right' || refuse(io, 'user name and password do not fit');
  },
};

function named({ user }: UserOptions): string {
  if (user === undefined) throw new UsageError('-u NAME is missing');
  return user;
}

function refuse({ err }: Io, why: string): false {
  err(`dashgate: ${why}\n`);
  return false;
}
