import { existsSync } from 'node:fs';
import { openIdentityAdapters } from '../apps/identity-adapters.ts';
import { kindOf } from '../apps/kinds.ts';
import { openVouchings } from '../apps/tableau/vouching.ts';
import { readCredentials } from '../apps/upstream-auth.ts';
import { loadConfig } from '../config/load.ts';
import type { Config } from '../config/schema/config.ts';
import { isAskedFor, unreachable, warnOfStrangers } from '../config/warn-of-rules.ts';
import { createHashQueue } from '../directories/hash/queue.ts';
import { type Directories, openDirectories } from '../directories/open.ts';
import { canonicalUser } from '../directories/user-name.ts';
import { createTlsContext } from '../http/tls.ts';
import { openSecrets } from '../identity/connected/secrets.ts';
import { openSharedPassword } from '../identity/modes/shared-password.ts';
import { systemClock } from '../lib/clock.ts';
import { createOwnPaths } from '../lib/own-paths.ts';
import { redirectPlace } from '../lib/redirect-place.ts';
import { readErrorTemplate } from '../login/error-template.ts';
import { readLogo } from '../login/logo.ts';
import { readMarks } from '../login/marks.ts';
import { openProviders } from '../providers/registry.ts';
import { openUpstream } from '../proxy/upstream.ts';
import { loadKeyRing } from '../session/key-ring.ts';
import { probeShared } from '../session/open-store.ts';
import { createMemoryRefresh } from '../session/refresh-shelf.ts';
import { readArguments } from './arguments.ts';
import { assertsOf } from './asserting.ts';
import { reviewSections, summary } from './check-sections.ts';
import type { Command } from './command.ts';
import { type Asked, askAll } from './connect.ts';
import { placed } from './placed.ts';
import { findAppConfig, inspectApp, rulesOf, SILENT } from './sections.ts';

export const check: Command = {
  name: 'check',
  summary: 'Read the configuration and every file that it names, and say what is wrong',
  usage: `Usage: dashgate check [--config FILE] [--connect] [--app NAME] [--KEY VALUE ...]

Reads what "dashgate serve" would read, starts nothing and changes nothing.
  --connect    ask the LDAP directories, the providers and the Redis of
               session.store too: are they there, are we let in, is there
               something at base_dn, is this Redis new enough
  --app NAME   ask this running Dash app too for its layout and callbacks, and
               list what its sections leave to everybody: ids that begin with
               no section, and text that no id protects

Exit code 0: it would start (warnings are printed); 1: with --connect, something
of these does not answer as it should, each in a line of its own; 2: it would
not start, and each line says where and why.`,

  async run(args, io) {
    const { options, config: flags } = readArguments(
      args,
      { config: 'text', connect: 'switch', app: 'text' },
      { takesConfig: true },
    );
    const file = typeof options.config === 'string' ? options.config : undefined;
    const loaded = await loadConfig({ file, env: io.env, flags, cwd: io.cwd });
    const { config, warnings, files, translated, report } = loaded;
    const said = [...warnings];
    const { directory, passwords, remote } = await openDirectories(config, {
      queue: createHashQueue(),
      clock: systemClock,
      warn: (line) => said.push(line),
    });
    const users = new Set(passwords.files.flatMap(({ users }) => users.map(({ person }) => person.user)));
    said.push(
      ...report([...warnOfStrangers(config, (name) => users.has(canonicalUser(name)))]),
      ...passwords.files.flatMap(({ warnings }) => warnings),
      ...warnOfGrants(config, passwords),
    );
    const asked = options.app === undefined ? null : findAppConfig(config, options.app);
    const rules = asked && rulesOf(config, asked, directory);
    const opening = openProviders({
      config,
      clock: systemClock,
      warn: (line) => said.push(line),
      refresh: { shelf: createMemoryRefresh(systemClock), keys: () => [], onOver() {}, onChanged() {} },
    });
    const providers = await placed(loaded, opening);
    const { store, secretFile } = config.session;
    let doAllAnswer = true;
    try {
      const asked: Asked[] = [
        ...remote.map((each) => ({ name: each.source, probe: () => each.probe() })),
        ...providers.all.map((each) => ({ name: each.id, probe: () => each.probe() })),
      ];
      if (store.kind === 'redis')
        asked.push({ name: 'session.store', probe: () => probeShared(store, (line) => said.push(line)) });
      if (options.connect) doAllAnswer = await askAll(asked, io);
    } finally {
      directory.close();
    }
    if (existsSync(secretFile)) said.push(...loadKeyRing(secretFile).warnings);
    const log = { ...SILENT, warn: (line: string) => void said.push(line) };
    const { sharedPassword } = config.credentials;
    if (sharedPassword) {
      const shared = await openSharedPassword(sharedPassword, { queue: createHashQueue(), log, onChanged() {} });
      shared.close();
    }
    openSecrets(config.connectedApps, log).close();
    if (config.server.tls) createTlsContext(config.server.tls, (line) => said.push(line));
    await readLogo(config.login.logoFile);
    readErrorTemplate(config.login.errorTemplate);
    await readMarks(config.providers);
    for (const { at, upstream, upstreamTls, upstreamCredentials } of config.apps) {
      const warning = upstreamCredentials && readCredentials(upstreamCredentials).warning;
      if (warning) said.push(warning);
      (await openUpstream(upstream, { tls: upstreamTls, prefix: at.prefix, hasOwners: false })).agent.destroy();
    }
    openIdentityAdapters(config.apps, { clock: systemClock, log, asserts: assertsOf(config) }).close();
    openVouchings(config.apps, { clock: systemClock, log }).close();
    for (const line of said) io.err(`warning: ${line}\n`);
    if (!doAllAnswer) return 1;
    const count = (many: number, noun: string): string => `${many} ${noun}${many === 1 ? '' : 's'}`;
    const usersSum = passwords.files.reduce((sum, { users }) => sum + users.length, 0);
    io.out(
      `${files[0] ?? 'the configuration'} is good: ${count(config.apps.length, 'app')}, ${count(usersSum, 'user')}, ${count(said.length, 'warning')}\n`,
    );
    for (const line of translated) io.out(`- ${line}\n`);
    const { origin } = config.server.publicUrl;
    const own = createOwnPaths(config.server.prefix);
    for (const { id, redirectUri } of config.providers)
      io.out(
        `${id} has to know this redirect URI: ${redirectPlace(redirectUri ?? own.provider(id, 'callback'), origin).uri}\n`,
      );
    for (const line of settingsToWrite(config, origin + own.keys)) io.out(`${line}\n`);
    const others = [...new Set(config.apps.map(({ at }) => at.origin))].filter((each) => each !== origin);
    if (others.length > 0) io.out(`people sign in at ${origin}, and a session is carried to ${others.join(', ')}\n`);
    if (asked && rules) {
      const inspected = await inspectApp(config, asked);
      const found = reviewSections(asked, rules, inspected);
      for (const line of found) io.out(`- ${line}\n`);
      io.out(`${summary(asked, inspected, found)}\n`);
    }
    return 0;
  },
};

/** What dashboards have to be told, so that they take assertions for their users. */
function* settingsToWrite({ apps, server }: Config, keys: string): Generator<string> {
  const issuer = server.publicUrl.origin;
  for (const app of apps.filter(({ identity }) => identity.includes('assertion'))) {
    const asserted = { issuer, audience: app.name, keys, isBearer: app.assertion.isBearer };
    const settings = kindOf(app).takesAssertions?.(asserted);
    if (!settings) continue;
    yield `${app.name} takes the assertion for its user by these lines in ${settings.file}:`;
    for (const line of settings.lines) yield `  ${line}`;
  }
}

/** What only who knows the users can tell: grants that nothing asks for, and resources that nobody has. */
function* warnOfGrants(config: Config, { files }: Directories['passwords']): Generator<string> {
  for (const { file, users } of files) {
    const idle = new Set(
      users.flatMap(({ person }) => person.allowedResources.filter((grant) => !isAskedFor(grant, config.apps))),
    );
    if (idle.size > 0)
      yield `${file}: allowed_resources has what no app asks for, so it grants nothing: ${[...idle].slice(0, MOST_NAMES).join(', ')}${idle.size > MOST_NAMES ? ' …' : ''}; check the spelling beside resource and resources of the apps`;
  }
  // What a claim may grant, only the provider knows.
  if (config.providers.some(({ resourcesClaim }) => resourcesClaim !== null)) return;
  yield* unreachable(
    config,
    files.flatMap(({ users }) => users.map(({ person }) => person)),
  );
}

const MOST_NAMES = 5;
