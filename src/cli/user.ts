import { resolve } from 'node:path';
import { text as readAll } from 'node:stream/consumers';
import { makePassword } from '../directories/password.ts';
import { addUser } from '../directories/users-file.ts';
import { UsageError } from '../errors.ts';
import { parseGrant } from '../lib/grant.ts';
import { readArguments } from './arguments.ts';
import type { Command } from './command.ts';

export const user: Command = {
  name: 'user',
  summary: 'Add a user to a users file',
  usage: `Usage: dashgate user add -u NAME [-f FILE] [-p PASSWORD] [--allow GRANTS]

  -u, --username NAME      who
  -f, --pwdfile FILE       the users file (default: users.yaml); made where there is
                           none
  -p, --password PASSWORD  their password; "-" reads it from standard input;
                           without it one is generated and said once
  --allow GRANTS           what they may open, as marketing,sales/hr or _all_

Exit code 1: there is such a user already; the file is left as it is.`,

  async run(args, io) {
    const [verb, ...rest] = args;
    if (verb !== 'add') throw new UsageError('say what to do: dashgate user add -u NAME; see dashgate user --help');
    const long = rest.map((word) => SHORT[word] ?? word);
    const known = { username: 'text', pwdfile: 'text', password: 'text', allow: 'text' } as const;
    const { options } = readArguments(long, known);
    const {
      username,
      pwdfile = 'users.yaml',
      password,
      allow = '',
    } = options as Partial<Record<keyof typeof known, string>>;
    if (username === undefined) throw new UsageError('-u NAME is missing');
    const allowed = allow
      .split(',')
      .filter((word) => word !== '')
      .map((word) => {
        const grant = parseGrant(word.trim());
        if (grant === null)
          throw new UsageError(`--allow: "${word.trim()}" is not a grant; write names as marketing, sales/hr or _all_`);
        return grant;
      });
    const given = password === '-' ? (await readAll(io.stdin)).replace(/\r?\n$/, '') : password;
    const file = resolve(io.cwd, pwdfile);
    const chosen = given ?? makePassword();
    if (!(await addUser(file, username, chosen, allowed))) {
      io.err(`dashgate: ${file} has such a user already; it is left as it is\n`);
      return 1;
    }
    if (given === undefined) io.out(`Generated password: ${chosen}\n`);
    return 0;
  },
};

const SHORT: Readonly<Record<string, string>> = { '-u': '--username', '-f': '--pwdfile', '-p': '--password' };
