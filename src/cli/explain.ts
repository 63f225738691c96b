import { holdsAll } from '../access/app.ts';
import { compileApp } from '../access/compile-app.ts';
import { covers } from '../access/resource.ts';
import { kindOf } from '../apps/kinds.ts';
import { loadConfig } from '../config/load.ts';
import type { AppConfig, Config } from '../config/schema/config.ts';
import { isForeign } from '../dash/dependencies.ts';
import { survey } from '../dash/inspect.ts';
import { createView, type SectionRules, type View } from '../dash/view.ts';
import { createHashQueue } from '../directories/hash/queue.ts';
import { openDirectories } from '../directories/open.ts';
import { UsageError } from '../errors.ts';
import { systemClock } from '../lib/clock.ts';
import { readArguments } from './arguments.ts';
import type { Command } from './command.ts';
import { findIdentity } from './find-identity.ts';
import { judgePath, sayRules } from './say-rules.ts';
import { findAppConfig, inspectApp, rulesOf } from './sections.ts';

export const explain: Command = {
  name: 'explain',
  summary: 'Say what a user may see of an app, and by which grants and opt-outs',
  usage: `Usage: dashgate explain --app NAME --user NAME [--path PATH] [--method GET]
                        [--from ADDRESS] [--config FILE] [--KEY VALUE ...]

Prints what this user may open: paths, and of a Dash app with sections the
sections, components, callbacks and pages, asked of the running app. Below it
stand the opt-outs of the configuration, which show more than ids alone would.
The user is looked up in files and LDAP directories, without a password.

  --path PATH     only say what becomes of this path of the app, and why
  --method NAME   by this method, not GET
  --from ADDRESS  asked for from this address

Exit code 0: printed; 1: there is no such user, or they may not enter, or not
open the path, or the app or a directory does not answer; 2: usage or
configuration.`,

  async run(args, io) {
    const known = {
      config: 'text',
      app: 'text',
      user: 'text',
      path: 'text',
      method: 'text',
      from: 'text',
    } as const;
    const { options, config: flags } = readArguments(args, known, { takesConfig: true });
    if (options.app === undefined) throw new UsageError('name the app: --app NAME');
    if (typeof options.user !== 'string') throw new UsageError('name the user: --user NAME');
    const file = typeof options.config === 'string' ? options.config : undefined;
    const { config } = await loadConfig({ file, env: io.env, flags, cwd: io.cwd });
    const settings = findAppConfig(config, options.app);
    const directories = await openDirectories(config, {
      queue: createHashQueue(),
      clock: systemClock,
      warn: (line) => io.err(`warning: ${line}\n`),
    });
    try {
      const identity = await findIdentity(options.user, config, directories);
      if (!identity) {
        io.err(`no directory has ${options.user}, and nothing is granted to that name\n`);
        return 1;
      }
      const app = compileApp(settings, kindOf(settings));
      const holds = (name: string): boolean =>
        identity.allowedResources.some((grant) => covers(grant, { app: app.name, name }));
      if (typeof options.path === 'string') {
        const { line, isAllowed } = judgePath(app, identity, {
          path: options.path,
          method: typeof options.method === 'string' ? options.method : 'GET',
          from: typeof options.from === 'string' ? options.from : null,
        });
        io.out(`${line}\n`);
        return isAllowed ? 0 : 1;
      }
      const say = (line: string): void => io.out(`${line}\n`);
      say(`${identity.user} in ${app.name}`);
      say(`  grants      ${listed(identity.allowedResources)}`);
      if (settings.resource !== null && !holds(settings.resource)) {
        say(`  may not enter: that needs ${settings.resource}`);
        return 1;
      }
      sayRules(settings, holds, say);
      if (settings.kind === 'dash' && !settings.sections)
        say('  sections    off: whoever enters sees every component and may call every callback');
      if (settings.sections) {
        const rules = rulesOf(config, settings, directories.directory);
        if (holdsAll(app, identity)) say('  sections    everything, unfiltered');
        else await sayView(config, settings, rules, createView(rules, holds, { shown: [app.prefix], own: ['/'] }), say);
        sayOptOuts(settings.sections, say);
      }
      return 0;
    } finally {
      directories.directory.close();
    }
  },
};

const listed = (names: readonly string[]): string => (names.length > 0 ? names.join(', ') : 'none');

async function sayView(
  config: Config,
  settings: AppConfig,
  rules: SectionRules,
  view: View,
  say: (line: string) => void,
): Promise<void> {
  const all = [...rules.known].sort();
  const { layout, callbacks } = await inspectApp(config, settings);
  const { components } = survey(layout, rules);
  const isHidden = ({ id, section }: (typeof components)[number]): boolean =>
    view.isDenied(id) || (section !== null && view.isDenied(section));
  const hidden = components.filter(isHidden);
  const shown = components.filter((component) => !isHidden(component));
  const refused = callbacks.filter((callback) => isForeign(callback, view));
  const allowed = callbacks.filter((callback) => !isForeign(callback, view));
  const outputs = (list: typeof callbacks): string[] =>
    list.map(({ output, inputs }) =>
      output.includes('.')
        ? output
        : `(no output, from ${inputs.map(({ id, property }) => `${typeof id === 'string' ? id : JSON.stringify(id)}.${property}`).join(', ')})`,
    );
  say(
    `  sections    sees ${listed(all.filter((name) => !view.isDenied(name)))}; not ${listed(all.filter((name) => view.isDenied(name)))}`,
  );
  sayList(
    say,
    'components',
    shown.map(({ id }) => id),
    hidden.map(({ id }) => id),
  );
  sayList(say, 'callbacks ', outputs(allowed), outputs(refused));
  const pages = [...rules.routes.map(({ segments }) => `/${segments.join('/')}`), ...all.map((name) => `/${name}`)];
  sayList(
    say,
    'pages     ',
    ['every other path', ...pages.filter((path) => view.deniedAt(path).length === 0)],
    pages.filter((path) => view.deniedAt(path).length > 0),
  );
  say('  closed      websockets, other methods than GET, the debugger, /console, _mcp');
}

function sayList(say: (line: string) => void, what: string, yes: readonly string[], no: readonly string[]): void {
  say(`  ${what}  ${yes.length} seen, ${no.length} hidden`);
  for (const each of new Set(yes)) say(`    + ${each}`);
  for (const each of new Set(no)) say(`    - ${each}`);
}

function sayOptOuts(sections: NonNullable<AppConfig['sections']>, say: (line: string) => void): void {
  const { strict, shared, values, routes, open } = sections;
  say('  opt-outs');
  say(`    ids of no section     ${strict ? 'hidden (strict)' : 'everybody’s'}`);
  say(`    shared ids            ${listed(shared)}`);
  say(`    free values           ${listed(values)}`);
  say(`    route map             ${listed(routes.map(({ path, section }) => `${path} is ${section}`))}`);
  say(`    open routes           ${listed(open)}`);
}
