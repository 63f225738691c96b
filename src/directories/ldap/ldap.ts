import { randomBytes } from 'node:crypto';
import type { LdapConfig } from '../../config/schema/ldap.ts';
import { DirectoryUnavailable, HalfAnswered } from '../../errors.ts';
import type { Clock } from '../../lib/clock.ts';
import { anyUser, fillFilter, parseFilter, withAttribute } from '../../lib/ldap-filter.ts';
import { createRecheck } from '../../lib/recheck.ts';
import type { Directory, PasswordFinding, Person } from '../directory.ts';
import { passwordBytes } from '../password.ts';
import { canonicalUser, faultOfUser } from '../user-name.ts';
import { type Connection, connect, type Search } from './connection.ts';
import { idValue, personOf, userOf } from './entry.ts';
import { findGroups } from './groups.ts';
import type { Entry } from './message.ts';
import { createPace, type Turn } from './pace.ts';
import { createPool } from './pool.ts';
import { CODE, REFUSED } from './result-codes.ts';
import { readSecrets } from './secrets.ts';

/** A directory that is asked over the network. */
export interface LdapDirectory extends Directory {
  lookUp(sub: string): Promise<Person | null>;
  find(user: string): Promise<Person | null>;
  /** Asks whether the server is there, knows us and has the users' base. Throws DirectoryUnavailable with what is wrong. */
  probe(): Promise<void>;
}

export interface LdapOptions {
  /** Stands in `sub` before the colon. */
  readonly source: string;
  readonly clock: Clock;
  /** Told of what an operator should mend. */
  readonly warn: (line: string) => void;
  /** The server says something else of somebody than before: what is open may hang on it. */
  readonly onChanged?: () => void;
}

interface Found {
  readonly entries: Entry[];
  /** A server that stops at a limit of its own may have more. */
  readonly isWhole: boolean;
}

const MOST_WAITING = 1000;
const MOST_IDLE_MS = 60_000;

/**
 * Searches for the user as a service account, then tries the password by binding as the entry that was found, on a connection of
 * its own. Nothing is asked before somebody signs in. Throws ConfigInvalid where a file that it names cannot be used.
 */
export function createLdapDirectory(
  config: LdapConfig,
  { source, clock, warn, onChanged = () => {} }: LdapOptions,
): LdapDirectory {
  const { url, security, timeoutMs, bindDn, poolSize } = config;
  const where = `${url.isTls ? 'ldaps' : 'ldap'}://${url.host}:${url.port}`;
  const { ca, bindPassword } = readSecrets(config, warn);
  const server = { host: url.host, port: url.port, security, ca, serverName: config.serverName };
  const pace = createPace();
  const listeners = new Set<(subs: readonly string[]) => void>();
  const disabled = config.disabledFilter ? `(!${config.disabledFilter})` : '';
  const attributes = [config.idAttribute, config.userAttribute, config.nameAttribute, config.emailAttribute];

  const openService = async (signal: AbortSignal): Promise<Connection> => {
    const connection = await connect(server, signal);
    if (bindDn === null) return connection;
    const code = await connection.bind(bindDn, bindPassword(), signal);
    if (code === CODE.success) return connection;
    connection.close();
    const why = REFUSED.includes(code)
      ? 'refuses bind_dn with its password; correct them'
      : 'does not let bind_dn bind';
    throw new DirectoryUnavailable(`${where}: ${why} (result code ${code})`);
  };
  const limits = { most: poolSize, mostWaiting: MOST_WAITING, mostIdleMs: MOST_IDLE_MS };
  const service = createPool({ open: openService, ...limits });
  const doors = createPool({ open: (signal) => connect(server, signal), ...limits });

  /** Whatever goes wrong on the way to the directory becomes DirectoryUnavailable; nothing that the server said is repeated. */
  const within = async <T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> => {
    try {
      return await work(AbortSignal.timeout(timeoutMs));
    } catch (error) {
      throw unavailable(error);
    }
  };
  const unavailable = (error: unknown): DirectoryUnavailable => {
    if (error instanceof DirectoryUnavailable) return error;
    const late = error instanceof Error && error.name === 'TimeoutError';
    const why = late ? 'it did not answer in time' : error instanceof Error ? error.message : 'it could not be asked';
    return new DirectoryUnavailable(`${where}: ${why}`, { cause: error });
  };

  const search = async (
    wanted: Omit<Search, 'scope'> & { readonly scope?: Search['scope'] },
    signal: AbortSignal,
  ): Promise<Found> => {
    const { code, entries } = await service.lend(signal, (connection) =>
      connection.search({ scope: 'sub', ...wanted }, signal),
    );
    if (code !== CODE.success && code !== CODE.sizeLimit) {
      const why = code === CODE.noSuchObject ? `has no ${wanted.base}; correct it` : 'does not let us search';
      throw new DirectoryUnavailable(`${where}: ${why} (result code ${code})`);
    }
    if (entries.length > wanted.mostEntries)
      throw new DirectoryUnavailable(`${where}: it sent more entries than were asked for`);
    return { entries, isWhole: code === CODE.success };
  };

  /** Two are asked for, so as to see whether there is more than one. */
  const findOne = async (filter: ReturnType<typeof parseFilter>, signal: AbortSignal): Promise<Entry | null> => {
    const { entries, isWhole } = await search({ base: config.baseDn, filter, attributes, mostEntries: 2 }, signal);
    if (entries.length > 1 || !isWhole) warn(AMBIGUOUS);
    return (entries.length === 1 && isWhole && entries[0]) || null;
  };
  const AMBIGUOUS = `${where}: more than one entry is meant by one user name; make user_filter stricter, nobody is let in so`;

  /** How many have a user name, of those who could sign in by whichever; all that is beyond one is two. */
  const countOf = async (user: string, signal: AbortSignal): Promise<number> => {
    const filter = withAttribute(config.userAttribute, user, `(&${anyUser(config.userFilter)}${disabled})`);
    const wanted = { base: config.baseDn, filter, attributes: ['1.1'], mostEntries: 2 };
    const { entries, isWhole } = await search(wanted, signal);
    return isWhole ? entries.length : 2;
  };

  const complete = async (entry: Entry, signal: AbortSignal): Promise<Person> => {
    // What is beyond a limit of the server's grants nothing.
    const groups = await findGroups(entry, config, async (wanted) => (await search(wanted, signal)).entries);
    const person = personOf(entry, config, source, groups);
    if (person) return person;
    const needed = `${config.idAttribute} and ${config.userAttribute}`;
    throw new DirectoryUnavailable(`${where}: an entry shows no ${needed} that can be used; let bind_dn read them`);
  };

  const ask = (sub: string): Promise<Person | null> =>
    within(async (signal) => {
      const id = sub.startsWith(`${source}:`) ? idValue(sub.slice(source.length + 1), config.idAttribute) : null;
      if (id === null) return null;
      const filter = withAttribute(config.idAttribute, id, `(&${anyUser(config.userFilter)}${disabled})`);
      const entry = await findOne(filter, signal);
      const person = entry && (await complete(entry, signal));
      if (person?.sub !== sub) return null;
      // Whoever was renamed to what another is called has not become that other.
      if ((await countOf(person.user, signal)) <= 1) return person;
      warn(AMBIGUOUS);
      return null;
    });

  const recheck = createRecheck<Person>({
    async ask(sub) {
      const askedMs = clock.nowMs();
      return { found: await ask(sub), askedMs };
    },
    isOutage: (error) => error instanceof DirectoryUnavailable,
    everyMs: config.recheckMs,
    graceMs: config.recheckGraceMs,
    clock,
    onChanged,
    onGone: (sub) => {
      for (const listener of listeners) listener([sub]);
    },
  });

  /**
   * Without an entry a password is tried all the same, at a name that cannot be anybody's: an unknown user costs the two
   * questions that a known one costs. It is not the one that was typed, which may be that of another directory's user.
   */
  const tryPassword = (entry: Entry | null, password: string, signal: AbortSignal): Promise<boolean> =>
    doors.lend(signal, async (door) => {
      const random = randomBytes(16).toString('hex');
      const [dn, tried] = entry ? [entry.dn, password] : [`cn=${random},${config.baseDn}`, random];
      // A server may take its time for wrong passwords alone.
      const code = await door.bind(dn, tried, signal).catch((error: unknown) => {
        throw new HalfAnswered(unavailable(error));
      });
      if (code === CODE.success) {
        if (entry) return true;
        door.close();
        throw new DirectoryUnavailable(`${where}: it lets in whoever asks, so its word counts for nothing`);
      }
      if (REFUSED.includes(code)) return false;
      throw new HalfAnswered(new DirectoryUnavailable(`${where}: it could not check a password (result code ${code})`));
    });

  const findEntry = (name: string, signal: AbortSignal): Promise<Entry | null> => {
    const filter = `(&${fillFilter(config.userFilter, { user: name })}${disabled})`;
    return isOneSpelling(name) ? findOne(parseFilter(filter), signal) : Promise.resolve(null);
  };
  /** Whoever is found by another name than their user name has to be the only one of that. */
  const isTwo = async (person: Person, name: string, signal: AbortSignal): Promise<boolean> => {
    if (person.user === name || (await countOf(person.user, signal)) <= 1) return false;
    warn(AMBIGUOUS);
    return true;
  };

  const decide = async (user: string, password: string, turn: Turn, signal: AbortSignal): Promise<PasswordFinding> => {
    const askedMs = clock.nowMs();
    const name = canonicalUser(user);
    const entry = await findEntry(name, signal);
    // An empty password would bind anonymously, and that succeeds (RFC 4513 §5.1.2).
    const isRight = passwordBytes(password) !== null && (await tryPassword(entry, password.normalize('NFC'), signal));
    if (!entry) return { kind: 'wrong', reason: 'unknown-user' };
    turn.tried();
    if (!isRight) {
      const known = userOf(entry, config);
      return { kind: 'wrong', reason: 'bad-password', ...(known !== null && { user: known }) };
    }
    const person = await complete(entry, signal);
    if (await isTwo(person, name, signal)) return { kind: 'wrong', reason: 'bad-password', user: person.user };
    recheck.learn(person.sub, person, askedMs);
    return { kind: 'right', person };
  };

  return {
    source,
    canonical: canonicalUser,
    async verify(user, password) {
      const turn = pace.begin();
      try {
        const found = await within((signal) => decide(user, password, turn, signal));
        if (found.kind === 'wrong') await turn.due;
        return found;
      } finally {
        turn.end();
      }
    },
    finds: (user) => within(async (signal) => (await countOf(user, signal)) > 0),
    find: (user) =>
      within(async (signal) => {
        const name = canonicalUser(user);
        const askedMs = clock.nowMs();
        const entry = await findEntry(name, signal);
        const person = entry && (await complete(entry, signal));
        if (!person || (await isTwo(person, name, signal))) return null;
        recheck.learn(person.sub, person, askedMs);
        return person;
      }),
    current: recheck.current,
    // A group is granted something by the configuration, nobody by the directory itself.
    granted: () => NOTHING,
    lookUp: recheck.lookUp,
    passwordTerm: () => ({ lifeMs: config.recheckMs, graceMs: config.recheckGraceMs }),
    onChanged(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    probe: () =>
      within(async (signal) => {
        const everything = parseFilter('(objectClass=*)');
        await search(
          { base: config.baseDn, scope: 'base', filter: everything, attributes: ['1.1'], mostEntries: 1 },
          signal,
        );
      }),
    close() {
      listeners.clear();
      service.close();
      doors.close();
    },
  };
}

/**
 * A directory passes over more than case when it compares names (RFC 4518): wide letters, blanks. Such a spelling is nobody's, so
 * that one name is one name wherever attempts are counted.
 */
const isOneSpelling = (name: string): boolean =>
  faultOfUser(name) === null && name.normalize('NFKC') === name && !/ {2}|[^\S ]/.test(name);

const NOTHING: ReadonlySet<string> = new Set();
