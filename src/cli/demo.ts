import { existsSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { createDashgate, type Dashgate } from '../app.ts';
import { loadConfig } from '../config/load.ts';
import { formatListen } from '../config/schema/address.ts';
import type { Config } from '../config/schema/config.ts';
import { createDemoDirectory, DEMO_USERS } from '../directories/demo-users.ts';
import { createFirstUser, listUsers } from '../directories/edit-users.ts';
import { ConfigInvalid, UsageError } from '../errors.ts';
import { createSecretFolder } from '../lib/secret-file.ts';
import { createSample, type Sample } from '../sample/sample.ts';
import { createLog } from '../telemetry/log.ts';
import type { Command, Io } from './command.ts';
import { type DemoOptions, readDemoOptions } from './demo/options.ts';
import { isAnswered } from './demo/probe.ts';
import { untilAborted } from './serve.ts';

const FIRST_USER = 'admin';
const DEFAULT_PORT = 8080;
/** Who waits longer is told what for. */
const SOON_MS = 300;

export const demo: Command = {
  name: 'demo',
  summary: 'See it work: a sample dashboard, or your own, behind a login on this machine',
  usage: `Usage: dashgate demo [--upstream URL] [--listen HOST:PORT] [--state FOLDER]

Puts a login in front of a small sample dashboard, with the demo's two users.
Nobody but this machine can reach it.

  --upstream URL      a dashboard that already runs, in place of the sample;
                      with a user of its own and a generated password, which
                      is said once
  --listen HOST:PORT  where to answer, on loopback (default: 127.0.0.1:8080)
  --state FOLDER      where keys, sessions and the user are kept (default:
                      ./state)`,

  async run(args, io) {
    const options = readDemoOptions(args, io);
    return options.upstream ? before(options.upstream, options, io) : withSample(options, io);
  },
};

async function withSample(options: DemoOptions, io: Io): Promise<number> {
  const sample = await createSample();
  try {
    const config = await configOf(options, {
      state: join(options.state, 'demo'),
      'login.title': 'dashgate demo',
      apps: JSON.stringify([sampleApp(sample.url)]),
    });
    const dashgate = await open(config, createDemoDirectory);
    const users = DEMO_USERS.map(({ user, password }) => `${user} / ${password}`).join('   or   ');
    io.out(
      `Open      ${config.server.publicUrl.origin}\nSign in   ${users}\nYour own  npm start -- --upstream http://127.0.0.1:8050\n`,
    );
    await untilAborted(io.signal);
    await close(dashgate, sample, io);
    return 0;
  } finally {
    await sample.close();
  }
}

async function before(
  { text, at }: NonNullable<DemoOptions['upstream']>,
  options: DemoOptions,
  io: Io,
): Promise<number> {
  const users = join(options.state, 'users.yaml');
  const config = await configOf(options, {
    state: options.state,
    directories: JSON.stringify([{ file: users }]),
    apps: JSON.stringify([{ name: 'dashboard', at: '/', upstream: text }]),
  });
  const first = await firstUser(users);
  const dashgate = await open(config).catch((error: unknown) => {
    // Nobody was told the password, so nobody could ever use it.
    if (first) rmSync(users);
    throw error;
  });
  io.out(
    `Open      ${config.server.publicUrl.origin}  (in front of ${text})\nSign in   ${first ? `${first.user} / ${first.password}   (said this once; only its hash is kept)` : signInAgain(users, io)}\nNext      name users, resources and more in a dashgate.yaml: dashgate serve --help\n`,
  );
  if (!(await isAnswered(at))) {
    io.err(`warning: nothing answers on ${text} yet; start your dashboard there, and reload the page\n`);
  }
  await untilAborted(io.signal);
  await close(dashgate, null, io);
  return 0;
}

/** @param flags - keys of the configuration; no file is read */
async function configOf({ listen, state }: DemoOptions, flags: Readonly<Record<string, string>>): Promise<Config> {
  // Cookies know no ports: with one name for all, each demo on this machine would sign out the other.
  const cookie = listen.port === DEFAULT_PORT ? {} : { 'session.cookie.name': `dashgate-${listen.port}` };
  const { config } = await loadConfig({
    file: undefined,
    env: {},
    flags: {
      'server.listen': formatListen(listen),
      // Nothing asks here: the demo has no front proxy.
      'server.check_listen': '127.0.0.1:0',
      'admin.listen': '127.0.0.1:0',
      ...cookie,
      ...flags,
    },
    // Not where it is started: a dashgate.yaml that is there is not meant.
    cwd: state,
  });
  return config;
}

async function open(config: Config, directory?: typeof createDemoDirectory): Promise<Dashgate> {
  const log = createLog({ level: 'warn', format: 'auto', audit: false });
  try {
    return await createDashgate(config, directory ? { log, directory } : { log });
  } catch (error) {
    if (!(error instanceof ConfigInvalid && error.message.startsWith('server.listen: '))) throw error;
    throw new UsageError(error.message.replace('server.listen', '--listen'), { cause: error.cause });
  }
}

/** The sample goes first: its streams never end by themselves, and dashgate would wait for them. */
async function close(dashgate: Dashgate, sample: Sample | null, { err }: Io): Promise<void> {
  const tell = setTimeout(() => err('Ending: requests under way are finished; Ctrl-C again ends now\n'), SOON_MS);
  await sample?.close();
  await dashgate.close();
  clearTimeout(tell);
}

const sampleApp = (upstream: string) => ({
  name: 'sample',
  title: 'Kestrel Cycles',
  at: '/',
  upstream,
  session_notice: 'on',
  resources: [
    { resource: 'marketing', paths: ['/marketing', '/marketing/**', '/api/marketing'] },
    { resource: 'hr', paths: ['/hr', '/hr/**', '/api/hr'] },
  ],
  open: ['/', '/api/overview', '/static/*', '/events', '/live'],
});

/** Makes a users file with one user, unless there is one. */
async function firstUser(file: string): Promise<{ user: string; password: string } | null> {
  if (existsSync(file)) return null;
  createSecretFolder(join(file, '..'));
  return createFirstUser(file, FIRST_USER, ['_all_']);
}

/** On a later start nobody knows the password any more but who wrote it down. */
function signInAgain(file: string, { cwd }: Io): string {
  const shown = relative(cwd, file);
  const [user] = listUsers(file).users;
  return `with a user of ${shown}; for a new password: npx dashgate user update -f ${shown} -u ${user?.person.user ?? FIRST_USER}`;
}
