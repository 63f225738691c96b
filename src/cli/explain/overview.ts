import { holdsAll } from '../../access/app.ts';
import { compileApp } from '../../access/compile-app.ts';
import { covers } from '../../access/resource.ts';
import { kindOf } from '../../apps/kinds.ts';
import type { AppConfig, Config } from '../../config/schema/config.ts';
import { isForeign } from '../../dash/dependencies.ts';
import { survey } from '../../dash/inspect.ts';
import { createView, type SectionRules, type View } from '../../dash/view.ts';
import type { Directory } from '../../directories/directory.ts';
import type { Identity } from '../../identity/identity.ts';
import { createOwnPaths } from '../../lib/own-paths.ts';
import { sayRules } from '../say-rules.ts';
import { inspectApp, rulesOf } from '../sections.ts';

/**
 * Says what somebody may see of an app, and by which grants and opt-outs. @returns whether they may enter
 * @throws UpstreamUnreachable, UpstreamUnusable where an app with sections does not answer
 */
export async function sayOverview(
  config: Config,
  settings: AppConfig,
  identity: Identity,
  directory: Pick<Directory, 'granted'>,
  say: (line: string) => void,
): Promise<boolean> {
  const app = compileApp(settings, createOwnPaths(config.server.prefix), kindOf(settings));
  const holds = (name: string): boolean =>
    identity.allowedResources.some((grant) => covers(grant, { app: app.name, name }));
  say(`${identity.user} in ${app.name}`);
  say(`  grants      ${listed(identity.allowedResources)}`);
  if (settings.resource !== null && !holds(settings.resource)) {
    say(`  may not enter: that needs ${settings.resource}`);
    return false;
  }
  sayRules(settings, holds, say);
  if (settings.kind === 'dash' && !settings.sections)
    say('  sections    off: whoever enters sees every component and may call every callback');
  if (settings.sections) {
    const rules = rulesOf(config, settings, directory);
    if (holdsAll(app, identity)) say('  sections    everything, unfiltered');
    else await sayView(config, settings, rules, createView(rules, holds, { shown: [app.prefix], own: ['/'] }), say);
    sayOptOuts(settings.sections, say);
  }
  return true;
}

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
