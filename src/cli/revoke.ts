import { existsSync } from 'node:fs';
import { loadConfig } from '../config/load.ts';
import type { Config } from '../config/schema/config.ts';
import { createHashQueue } from '../directories/hash/queue.ts';
import { openDirectories } from '../directories/open.ts';
import { canonicalUser } from '../directories/user-name.ts';
import { ConfigInvalid, StoreUnavailable, UsageError } from '../errors.ts';
import { jtiOf } from '../identity/tokens/personal-tokens.ts';
import { nowSec, systemClock } from '../lib/clock.ts';
import type { LiveSession } from '../session/live-sessions.ts';
import type { LiveShelf } from '../session/live-shelf.ts';
import { openShelf, openStore } from '../session/open-store.ts';
import type { SessionStore } from '../session/store.ts';
import type { PersonalToken } from '../session/token-shelf.ts';
import { readArguments } from './arguments.ts';
import type { Command, Io } from './command.ts';

/** More than a user is ever shown. */
const MOST_LISTED = 1000;

export const revoke: Command = {
  name: 'revoke',
  summary: 'End the sessions and access tokens of a user, everywhere',
  usage: `Usage: dashgate revoke USER [--session ID] [--list] [--config FILE]
                       [--KEY VALUE ...]
       dashgate revoke --token ID [--config FILE] [--KEY VALUE ...]

Ends all sessions of USER that have begun until now, and the access tokens that
USER made. A running dashgate knows within a second; whoever has a valid
password can sign in again, so disable the account first where that is not
meant.

  USER            the user name, in whatever directory; or a whole "sub", as
                  ldap:6f1c…, also of a user who is in no file
  --session ID    end this one only
  --token ID      end this access token only, as the list and the log name it
  --list          end nothing; say which there are: id, when it began, when it
                  was used last, from where, by what; of tokens: token and its
                  id, when it was made, used last, when it ends, its name
  --config FILE   the configuration (default: dashgate.yaml here)

It works on the store that the configuration names, which session.store: memory
is not.
Exit code 1: there is no such user, session or token, or no such store.`,

  async run(args, io) {
    const known = { config: 'text', session: 'text', token: 'text', list: 'switch' } as const;
    const { options, config: flags, words } = readArguments(args, known, { takesConfig: true, mostWords: 1 });
    const [user = ''] = words;
    const { token: tokenId } = options;
    if (user === '' && tokenId === undefined) throw new UsageError('say whose: dashgate revoke USER');
    if (user !== '' && tokenId !== undefined)
      throw new UsageError('--token says whose it is by itself; leave USER out');
    const file = typeof options.config === 'string' ? options.config : undefined;
    const { config } = await loadConfig({ file, env: io.env, flags, cwd: io.cwd });
    const { store } = config.session;
    if (store.kind === 'memory')
      return refuse(io, 'session.store is memory, which only the process has; restart it, and all sessions end');
    if (store.kind === 'sqlite' && !existsSync(store.file))
      return refuse(
        io,
        `${store.file}: there is no such store; start dashgate once, or name its configuration by --config`,
      );

    await using closing = new AsyncDisposableStack();
    const say = { warn: (line: string): void => io.err(`warning: ${line}\n`), info() {} };
    const opened = await openStore(store, { clock: systemClock, say });
    closing.defer(() => opened.store.close());
    if (typeof tokenId === 'string') {
      const token = await reading(opened.store, (from) => from.tokens.find(tokenId));
      if (!token) return refuse(io, 'there is no such token; see dashgate revoke USER --list');
      await write(opened.store, (to) => to.revoke(jtiOf(token.id), token.endsSec, 'operator'));
      await reading(opened.store, (from) => from.tokens.remove(token));
      io.out(`${token.sub}: that token has ended\n`);
      return 0;
    }
    const hasList = store.kind === 'redis' || existsSync(store.listFile);
    const shelf = hasList ? openShelf(store, opened.shared, say.warn) : null;
    closing.defer(() => shelf?.close());
    const live = shelf ? await listed(shelf, user) : [];
    const subs = async (): Promise<Set<string>> =>
      new Set([...(await subsOf(config, user, io)), ...live.map(({ sub }) => sub)]);
    if (options.list) {
      const tokens = await tokensOf(opened.store, await subs());
      for (const session of live) io.out(`${lineOf(session)}\n`);
      for (const token of tokens) io.out(`${lineOfToken(token)}\n`);
      return live.length + tokens.length > 0 ? 0 : refuse(io, `${user} has no session`);
    }
    if (typeof options.session === 'string') {
      const session = live.find(({ jti }) => jti === options.session);
      if (!session) return refuse(io, `${user} has no such session; see dashgate revoke ${user} --list`);
      await write(opened.store, (to) => to.revoke(session.jti, session.endsSec, 'operator'));
      io.out(`${user}: that session has ended\n`);
      return 0;
    }
    const all = await subs();
    if (all.size === 0) {
      return refuse(
        io,
        `there is no user "${user}" in a file, and no session of one; name others by their whole "sub", as ldap:6f1c…`,
      );
    }
    await write(opened.store, (to) => to.revokeSubjects([...all], nowSec(systemClock), 'operator'));
    io.out(`${user}: all sessions and tokens have ended (${[...all].join(', ')}; ${live.length} in the list)\n`);
    return 0;
  },
};

/** What the list has of a user, by name or by `sub`, less what has ended. */
async function listed(shelf: LiveShelf, user: string): Promise<LiveSession[]> {
  const isSub = user.includes(':');
  const found = isSub ? await shelf.of(user, MOST_LISTED) : await shelf.ofUser(canonicalUser(user), MOST_LISTED);
  return found.filter(({ endsSec }) => endsSec > nowSec(systemClock));
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

/** Those that count, of each of them. */
async function tokensOf(store: SessionStore, subs: Iterable<string>): Promise<PersonalToken[]> {
  const found = await reading(store, (from) => Promise.all([...subs].map((sub) => from.tokens.of(sub))));
  return found.flat().filter(({ id, sub, madeSec }) => !store.isRevoked({ jti: jtiOf(id), sub, beganSec: madeSec }));
}

async function reading<T>(store: SessionStore, task: (store: SessionStore) => Promise<T>): Promise<T> {
  try {
    return await task(store);
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    throw new ConfigInvalid(error.message, { cause: error });
  }
}

async function write(store: SessionStore, task: (store: SessionStore) => void): Promise<void> {
  try {
    task(store);
    await store.confirm();
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    throw new ConfigInvalid(error.message, { cause: error });
  }
}

const lineOf = ({ jti, beganSec, usedSec, address, browser }: LiveSession): string =>
  [jti, timeOf(beganSec), timeOf(usedSec), address, browser].join('\t');

const lineOfToken = ({ id, madeSec, usedSec, endsSec, name }: PersonalToken): string =>
  ['token', id, timeOf(madeSec), usedSec === 0 ? 'never' : timeOf(usedSec), timeOf(endsSec), name].join('\t');

const timeOf = (sec: number): string => new Date(sec * 1000).toISOString().replace('.000Z', 'Z');

function refuse({ err }: Io, why: string): 1 {
  err(`dashgate: ${why}\n`);
  return 1;
}
