import type { App } from '../access/app.ts';
import { ALL } from '../lib/grant.ts';
import { segmentsOf } from './routes.ts';
import type { SectionRules } from './view.ts';

/**
 * The rules of an app with sections. Every name that anybody has been granted in it is a section: what was never said to be one
 * would be everybody's.
 * @param granted - canonical grants of anybody
 */
export function sectionRules(app: App, granted: Iterable<string>): SectionRules {
  const { names = [], shared = [], values = [], routes = [], strict = false } = app.sections ?? {};
  const known = new Set(names);
  for (const { resource } of app.rules) if (resource) known.add(resource.name);
  for (const { section } of routes) known.add(section);
  for (const grant of granted) {
    const [first = '', second] = grant.split('/');
    const name = second === undefined ? first : first === app.name ? second : ALL;
    if (name !== ALL) known.add(name);
  }
  return {
    known,
    shared,
    isStrict: strict,
    freeValues: new Set(values),
    routes: routes.map(({ path, section }) => ({ segments: segmentsOf(path), section })),
  };
}
