import { ALL } from '../lib/grant.ts';
import { createPathIndex } from '../lib/path-index.ts';
import { compilePattern } from '../lib/path-pattern.ts';
import type { Problem } from './explain.ts';
import { LEAKS } from './leaks.ts';
import { isClosed } from './schema/app-rule.ts';
import type { AppConfig, Config } from './schema/config.ts';

type Apps = Config['apps'];

/** The resources that an app asks for, each once. */
export const resourcesOf = ({ resource, resources }: AppConfig): readonly string[] => [
  ...new Set([...(resource === null ? [] : [resource]), ...resources.flatMap((rule) => rule.resource ?? [])]),
];

/** Whether some app asks for what this canonical grant gives. */
export function isAskedFor(grant: string, apps: Apps): boolean {
  const [app, name] = grant.includes('/') ? grant.split('/') : [null, grant];
  const meant = app === null ? apps : apps.filter((each) => each.name === app);
  return (
    meant.length > 0 &&
    (name === ALL || meant.some((each) => each.sections !== null || resourcesOf(each).includes(name ?? '')))
  );
}

/** Grants that give nothing today: mostly a resource that is spelt in two ways. */
export function* warnOfIdleGrants({ grants, apps }: Config): Generator<Problem> {
  for (const kind of ['groups', 'users', 'modes'] as const) {
    for (const [who, list = []] of Object.entries<readonly string[] | undefined>(grants[kind])) {
      for (const [i, grant] of list.entries()) {
        // Whoever did not prove who they are enters an app by its name.
        if (isAskedFor(grant, apps) || (kind === 'modes' && apps.some(({ name }) => name === grant))) continue;
        const app = grant.split('/', 1)[0];
        const isStray = grant.includes('/') && !apps.some(({ name }) => name === app);
        yield {
          path: ['grants', kind, who, i],
          why: isStray
            ? 'names an app that is not configured, so it grants nothing; check the name'
            : 'is a resource that no app asks for, so it grants nothing; check its spelling beside resource and resources of the apps',
        };
      }
    }
  }
}

/** Grants that reach further than somebody may have meant. */
export function* warnOfWideGrants({ grants, apps }: Config): Generator<Problem> {
  for (const kind of ['groups', 'users'] as const) {
    for (const [who, list] of Object.entries(grants[kind])) {
      for (const [i, grant] of list.entries()) {
        const reached = apps.filter((app) => namesOf(app).includes(grant)).map(({ name }) => name);
        if (reached.length > 1)
          yield {
            path: ['grants', kind, who, i],
            why: `reaches ${reached.join(' and ')}; if only one of them is meant, write ${reached[0]}/${grant}`,
          };
      }
    }
  }
}

/** What an app itself calls a resource or a section. */
const namesOf = (app: AppConfig): readonly string[] => [
  ...resourcesOf(app),
  ...(app.sections?.names ?? []),
  ...(app.sections?.routes.map(({ section }) => section) ?? []),
];

/** Rules for paths that guard less than they seem to. */
export function* warnOfPathRules(app: AppConfig, i: number): Generator<Problem> {
  const leak = app.sections ? undefined : LEAKS[app.kind];
  if (leak !== undefined && app.resources.length > 0)
    yield { path: ['apps', i, 'resources'], why: `guards addresses, but ${leak}` };
  const guardsOf = createPathIndex(
    app.resources.flatMap(({ paths }) => paths.map((path) => [path, true] as const)),
    { ignoreCase: true },
  );
  const left = isClosed(app) ? 'refuses what is below it' : 'leaves open what is below it';
  for (const [r, { paths, resource }] of app.resources.entries()) {
    if (resource === undefined) continue;
    for (const [p, path] of paths.entries()) {
      // A name with an ending is a file, which has nothing below it.
      if (path.includes('*') || path === '/' || path.split('/').at(-1)?.includes('.')) continue;
      const below = `${path.replace(/\/$/, '')}/x`;
      if (guardsOf(below).length > 0) continue;
      yield {
        path: ['apps', i, 'resources', r, 'paths', p],
        why: `guards that address alone and ${left}; add ${path.replace(/\/$/, '')}/**`,
      };
    }
  }
}

/** What whoever may enter finds shut, or open by a line that does nothing. */
export function* warnOfClosed(app: AppConfig, i: number): Generator<Problem> {
  if (!isClosed(app)) {
    if (app.open.length > 0)
      yield {
        path: ['apps', i, 'open'],
        why: 'does nothing here: only where resources are named, and neither resource nor sections, is the rest closed; remove it',
      };
    return;
  }
  const names = [...app.open, ...app.public].map((path) => compilePattern(path, { ignoreCase: false }));
  const guards = app.resources
    .filter(({ resource, methods }) => resource !== undefined && (!methods || methods.includes('GET')))
    .flatMap(({ paths }) => paths.map((path) => compilePattern(path, { ignoreCase: true })));
  // TabPy's own page is open by its kind.
  if (app.kind === 'tabpy' || [...names, ...guards].some((matches) => matches('/'))) return;
  yield {
    path: ['apps', i, 'resources'],
    why: `does not name the first page, /, so only those who may see everything open it; write open: ["/"], or open: ["/**"] for all that no rule guards`,
  };
}

/** Conditions that cannot be met, or that have a way around them. */
export function* warnOfConditions(
  app: AppConfig,
  i: number,
  { providers, tokenIssuers }: Pick<Config, 'providers' | 'tokenIssuers'>,
): Generator<Problem> {
  const known = ['pwd', ...(app.credentials.includes('bearer') ? ['pat'] : [])];
  const rules = app.resources.map((rule, r) => ({ rule, path: ['apps', i, 'resources', r] }));
  for (const { rule, path } of [{ rule: { require: app.require ?? undefined }, path: ['apps', i] }, ...rules]) {
    // What a provider, or who issues tokens, says of its proofs only it knows.
    const isOpen = providers.length > 0 || (tokenIssuers.length > 0 && known.length > 1);
    if (!isOpen && (rule.require?.acr || rule.require?.amr?.some((method) => !known.includes(method))))
      yield {
        path: [...path, 'require', rule.require?.acr ? 'acr' : 'amr'],
        why: 'asks for what no way to sign in gives, so nobody gets past it; passwords give amr: [pwd], and other proofs come from providers',
      };
  }
  if (app.kind !== 'dash') return;
  for (const { rule, path } of rules) {
    for (const key of ['networks', 'require', 'methods'] as const) {
      if (rule[key] === undefined) continue;
      yield {
        path: [...path, key],
        why: `holds for these addresses, but what a page of a Dash app shows comes from others, by POST; ${key === 'methods' ? 'make' : 'write it at the app, or make'} these pages an app of their own`,
      };
      break;
    }
  }
}

/**
 * Names under `grants.users` and `impersonation.except.users` that nobody can have. Whom LDAP knows only LDAP can tell.
 * @param isInFile - whether some file has a user of this name, in whatever spelling
 */
export function* warnOfStrangers(
  {
    grants,
    directories,
    providers,
    impersonation,
  }: Pick<Config, 'grants' | 'directories' | 'providers' | 'impersonation'>,
  isInFile: (name: string) => boolean,
): Generator<Problem> {
  if (directories.some(({ kind }) => kind !== 'file')) return;
  const [first] = providers;
  if (directories.length === 0 && !first) return;
  const why = directories.length === 0 ? 'is a user name, and there are no directories' : 'is a user of no file';
  const advice = first ? `write people of a provider in full, as ${first.id}:SUBJECT, which the audit log has` : null;
  const spelling = directories.length === 0 ? null : 'check its spelling, or add the user';
  for (const name of Object.keys(grants.users)) {
    // Written in full, it is a `sub`.
    if (name.includes(':') || isInFile(name)) continue;
    const advised = [spelling, advice].filter((each) => each !== null).join('; ');
    yield { path: ['grants', 'users', name], why: `${why}, so it grants nothing; ${advised}` };
  }
  for (const [index, name] of impersonation.except.users.entries()) {
    if (directories.length === 0 || isInFile(name)) continue;
    yield {
      path: ['impersonation', 'except', 'users', index],
      why: 'is a user of no file, so it protects nobody; check its spelling',
    };
  }
}

/** Somebody as a directory knows them, with what they have been granted. */
interface Granted {
  readonly allowedResources: readonly string[];
}

/** Resources that only an operator's mistake keeps closed to everyone. One line each, for `check`, which knows the users too. */
export function* unreachable({ apps, grants, connectedApps }: Config, people: readonly Granted[]): Generator<string> {
  const given = new Set([
    ...Object.values(grants.groups).flat(),
    ...Object.values(grants.users).flat(),
    ...Object.values(grants.modes).flatMap((list) => list ?? []),
    ...connectedApps.flatMap(({ onDemand }) => onDemand.resources),
    ...people.flatMap(({ allowedResources }) => allowedResources),
  ]);
  for (const app of apps) {
    for (const name of resourcesOf(app)) {
      if ([ALL, name, `${app.name}/${ALL}`, `${app.name}/${name}`].some((grant) => given.has(grant))) continue;
      yield `apps: ${app.name} asks for the resource ${name}, which nobody has been granted; name it under grants, or in a users file`;
    }
  }
}
