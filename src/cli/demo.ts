import { existsSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createDashgate, type DashgateOptions } from '../app.ts';
import { loadConfig } from '../config/load.ts';
import { isLoopback } from '../config/schema/address.ts';
import { createDemoDirectory, DEMO_USERS } from '../directories/demo-users.ts';
import { createFirstUser } from '../directories/edit-users.ts';
import { UsageError } from '../errors.ts';
import { createSecretFolder } from '../lib/secret-file.ts';
import { createSample } from '../sample/sample.ts';
import { createLog } from '../telemetry/log.ts';
import { readArguments } from './arguments.ts';
import type { Command, Io } from './command.ts';
import { untilAborted } from './serve.ts';

const FIRST_USER = 'admin';

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
    const known = { upstream: 'text', listen: 'text', state: 'text' } as const;
    const { options } = readArguments(args, known);
    const {
      upstream,
      listen = '127.0.0.1:8080',
      state = 'state',
    } = options as Partial<Record<keyof typeof known, string>>;
    const folder = resolve(io.cwd, state);
    const sample = upstream === undefined ? await createSample() : null;
    try {
      return await stand(sample ? sample.url : (upstream ?? ''), sample !== null, listen, folder, io);
    } finally {
      await sample?.close();
    }
  },
};

async function stand(upstream: string, isSample: boolean, listen: string, state: string, io: Io): Promise<number> {
  const users = join(state, 'users.yaml');
  const { config } = await loadConfig({
    file: undefined,
    env: {},
    flags: {
      'server.listen': listen,
      // Nothing asks here: the demo has no front proxy.
      'server.check_listen': '127.0.0.1:0',
      'admin.listen': '127.0.0.1:0',
      state: isSample ? join(state, 'demo') : state,
      'login.title': isSample ? 'dashgate demo' : 'Dashboards',
      ...(isSample ? {} : { directories: JSON.stringify([{ file: users }]) }),
      apps: JSON.stringify([isSample ? sampleApp(upstream) : { name: 'dashboard', at: '/', upstream }]),
    },
    cwd: state,
  });
  if (!isLoopback(config.server.listen)) {
    throw new UsageError(
      '--listen: the demo answers on loopback only, as its passwords are public; use "dashgate serve" for more',
    );
  }
  const log = createLog({ level: 'error', format: 'auto', audit: false });
  const first = isSample ? null : await firstUser(users);
  const options: DashgateOptions = isSample ? { log, directory: createDemoDirectory } : { log };
  const dashgate = await createDashgate(config, options).catch((error: unknown) => {
    // Nobody was told the password, so nobody could ever use it.
    if (first) rmSync(users);
    throw error;
  });
  const { origin } = config.server.publicUrl;
  const own = 'npm start -- --upstream http://127.0.0.1:8050';
  io.out(
    isSample
      ? `Open      ${origin}\nSign in   ${DEMO_USERS.map(({ user, password }) => `${user} / ${password}`).join('   or   ')}\nYour own  ${own}\n`
      : `Open      ${origin}  (in front of ${upstream})\nSign in   ${first ? `${first.user} / ${first.password}   (said this once; only its hash is kept)` : `with a user of ${users}`}\nNext      name users, resources and more in a dashgate.yaml: dashgate serve --help\n`,
  );
  await untilAborted(io.signal);
  await dashgate.close();
  return 0;
}

const sampleApp = (upstream: string) => ({
  name: 'sample',
  at: '/',
  upstream,
  resources: [
    { resource: 'marketing', paths: ['/marketing', '/marketing/**', '/api/marketing'] },
    { resource: 'hr', paths: ['/hr', '/hr/**', '/api/hr'] },
  ],
});

/** Makes a users file with one user, unless there is one. */
async function firstUser(file: string): Promise<{ user: string; password: string } | null> {
  if (existsSync(file)) return null;
  createSecretFolder(join(file, '..'));
  return createFirstUser(file, FIRST_USER, ['_all_']);
}
