import { existsSync } from 'node:fs';
import { loadConfig } from '../config/load.ts';
import type { Config } from '../config/schema/config.ts';
import { createHashQueue } from '../directories/hash/queue.ts';
import { openDirectories } from '../directories/open.ts';
import { canonicalUser } from '../directories/user-name.ts';
import { ConfigInvalid, StoreUnavailable, UsageError } from '../errors.ts';
import { nowSec, systemClock } from '../lib/clock.ts';
import { openLiveDatabase } from '../session/live-database.ts';
import type { LiveSession } from '../session/live-sessions.ts';
import type { SessionStore } from '../session/store.ts';
import { createSqliteStore } from '../session/store-sqlite.ts';
import { readArguments } from './arguments.ts';
import type { Command, Io } from './command.ts';

/** More than a user is ever shown. */
const MOST_LISTED = 1000;

export const revoke: Command = {
  name: 'revoke',
  summary: 'End the sessions of a user, here and on every device',
  usage: `Usage: dashgate revoke USER [--session ID] [--list] [--config FILE]
                       [--KEY VALUE ...]

Ends all sessions of USER that have begun until now. A running dashgate knows
within a second; whoever has a valid password can sign in again, so disable
the account first where that is not meant.

  USER            the user name, in whatever directory; or a whole "sub", as
                  ldap:6f1c…, also of a user who is in no file
  --session ID    end this one only
  --list          end nothing; say which there are: id, when it began, when it
                  was used last, from where, by what
  --config FILE   the configuration (default: dashgate.yaml here)

It works on the store in the state folder: session.store has to be sqlite.
Exit code 1: there is no such user or session, or no such store.`,

  async run(args, io) {
    const known = { config: 'text', session: 'text', list: 'switch' } as const;
    const { options, config: flags, words } = readArguments(args, known, { takesConfig: true, mostWords: 1 });
    const [user = ''] = words;
    if (user === '') throw new UsageError('say whose: dashgate revoke USER');
    const file = typeof options.config === 'string' ? options.config : undefined;
    const { config } = await loadConfig({ file, env: io.env, flags, cwd: io.cwd });
    const { store } = config.session;
    if (store.kind === 'memory')
      return refuse(io, 'session.store is memory, which only the process has; restart it, and all sessions end');
    if (!existsSync(store.file))
      return refuse(
        io,
        `${store.file}: there is no such store; start dashgate once, or name its configuration by --config`,
      );

    const live = existsSync(store.listFile) ? listed(store.listFile, user, io) : [];
    if (options.list) {
      for (const session of live) io.out(`${lineOf(session)}\n`);
      return live.length > 0 ? 0 : refuse(io, `${user} has no session`);
    }
    if (typeof options.session === 'string') {
      const session = live.find(({ jti }) => jti === options.session);
      if (!session) return refuse(io, `${user} has no such session; see dashgate revoke ${user} --list`);
      write(store.file, (to) => to.revoke(session.jti, session.endsSec));
      io.out(`${user}: that session has ended\n`);
      return 0;
    }
    const subs = new Set([...(await subsOf(config, user, io)), ...live.map(({ sub }) => sub)]);
    if (subs.size === 0) {
      return refuse(
        io,
        `there is no user "${user}" in a file, and no session of one; name others by their whole "sub", as ldap:6f1c…`,
      );
    }
    write(store.file, (to) => to.revokeSubjects([...subs], nowSec(systemClock)));
    io.out(`${user}: all sessions have ended (${[...subs].join(', ')}; ${live.length} in the list)\n`);
    return 0;
  },
};

/** What the list has of a user, by name or by `sub`, less what has ended. */
function listed(file: string, user: string, io: Io): LiveSession[] {
  const list = openLiveDatabase(file, (line) => io.err(`warning: ${line}\n`));
  const isSub = user.includes(':');
  const found = isSub ? list?.of(user, MOST_LISTED) : list?.ofUser(canonicalUser(user), MOST_LISTED);
  list?.close();
  return (found ?? []).filter(({ endsSec }) => endsSec > nowSec(systemClock));
}

/** Who is called so in the files; a directory that cannot be read keeps nobody from being signed out. */
async function subsOf(config: Config, user: string, io: Io): Promise<string[]> {
  if (user.includes(':')) return [user];
  try {
    const warn = (line: string): void => io.err(`warning: ${line}\n`);
    const { directory, passwords } = await openDirectories(config, {
      queue: createHashQueue(),
      clock: systemClock,
      warn,
    });
    directory.close();
    const people = passwords.files.flatMap(({ users }) => users.map(({ person }) => person));
    return people.filter((person) => person.user === canonicalUser(user)).map(({ sub }) => sub);
  } catch (error) {
    if (!(error instanceof ConfigInvalid)) throw error;
    io.err(`warning: ${error.message}\n`);
    return [];
  }
}

function write(file: string, task: (store: SessionStore) => void): void {
  const store = createSqliteStore({ file, clock: systemClock });
  try {
    task(store);
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    throw new ConfigInvalid(error.message, { cause: error });
  } finally {
    store.close();
  }
}

const lineOf = ({ jti, beganSec, usedSec, address, browser }: LiveSession): string =>
  [jti, timeOf(beganSec), timeOf(usedSec), address, browser].join('\t');

const timeOf = (sec: number): string => new Date(sec * 1000).toISOString().replace('.000Z', 'Z');

function refuse({ err }: Io, why: string): 1 {
  err(`dashgate: ${why}\n`);
  return 1;
}
