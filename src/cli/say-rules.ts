import { isClosed } from '../config/schema/app-rule.ts';
import type { AppConfig } from '../config/schema/config.ts';
import { formatDuration } from '../lib/duration.ts';

type Rule = AppConfig['resources'][number];

/** What somebody may open of an app by its addresses, and under which conditions. */
export function sayRules(app: AppConfig, holds: (resource: string) => boolean, say: (line: string) => void): void {
  if (app.credentials.includes('bearer') || app.credentials.includes('tableau'))
    say(`  proved by   ${credentialsOf(app).join(', ')}`);
  const everywhere = conditionWords({ networks: app.networks ?? undefined, require: app.require ?? undefined });
  if (everywhere.length > 0) say(`  everywhere  ${everywhere.join('; ')}`);
  for (const rule of app.resources) {
    const { resource, paths, methods } = rule;
    const may = resource === undefined ? 'only    ' : holds(resource) ? 'may open' : 'may not ';
    const more = [...(methods ? [`by ${methods.join(', ')}`] : []), ...conditionWords(rule)];
    say(
      `  ${may}    ${paths.join(' ')}${resource === undefined ? '' : ` (${resource})`}${more.map((each) => `; ${each}`).join('')}`,
    );
  }
  if (app.open.length > 0) say(`  open        ${app.open.join(' ')} (whoever is signed in)`);
  if (app.public.length > 0) say(`  public      ${app.public.join(' ')}`);
  if (app.guests.length > 0) say(`  guests      ${app.guests.join(' ')} (also without signing in)`);
  if (isClosed(app)) {
    const rest = holds('_all_') ? 'may open, by _all_' : 'refused (path-not-named): nothing names it';
    say(`  the rest    ${rest}`);
  }
}

const CREDENTIALS = {
  cookie: 'a session (cookie)',
  basic: 'a password with each request (basic)',
  bearer: 'a token with each request (bearer)',
  tableau: 'an API token that Tableau’s own clients sign in for (tableau)',
} satisfies Record<AppConfig['credentials'][number], string>;

function credentialsOf({ credentials, require, resources }: AppConfig): string[] {
  const asksWhen = [require, ...resources.map((rule) => rule.require)].some((each) => each?.max_age !== undefined);
  const words = credentials.map((each) => CREDENTIALS[each]);
  return asksWhen ? [...words, 'but a personal token is refused where it asks when (token-not-enough)'] : words;
}

/** What has to hold beside who asks. */
export function conditionWords({ networks, require }: Pick<Rule, 'networks' | 'require'>): string[] {
  const { amr, acr, max_age } = require ?? {};
  return [
    ...(networks ? [`from ${networks.map(({ address, bits }) => `${address}/${bits}`).join(', ')}`] : []),
    ...(amr ? [`proved by ${amr.join(' and ')}`] : []),
    ...(acr ? [`proved as ${acr.join(' or ')}`] : []),
    ...(max_age === undefined ? [] : [`proved within ${formatDuration(max_age)}`]),
  ];
}
