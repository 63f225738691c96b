import type { IncomingHttpHeaders } from 'node:http';
import { ALL } from '../lib/grant.ts';
import { saysAnotherMethod } from '../lib/method-override.ts';
import { type App, ownPath, type Rule } from './app.ts';
import type { Condition } from './conditions.ts';
import type { Need } from './decide.ts';
import type { Resource } from './resource.ts';

/** All that an app asks for at a path. */
export interface Demand {
  readonly need: Need;
  /** Every one has to hold, also where nobody has to sign in: then those that ask how somebody did do not count. */
  readonly conditions: readonly Condition[];
}

/**
 * What a path of an app asks for. Every rule that matches must be met, and what a rule guards is neither public nor for guests. In an app that is
 * closed, what nothing names is for those who may everything in it.
 */
export function demandOf(app: App, decodedPath: string, method = 'GET', headers: IncomingHttpHeaders = {}): Demand {
  const own = ownPath(app, decodedPath);
  const rules = rulesFor(app, own, method, headers);
  const conditions = [...app.conditions, ...rules.map(({ condition }) => condition)];
  const isPublic = app.isPublic(own) || app.isOpen(method, own);
  if (isPublic && !rules.some(guards)) return { need: 'public', conditions };
  if (app.isForGuests(own) && !rules.some(guards)) return { need: 'guests', conditions };
  const guarded = rules.flatMap(({ resource }) => resource ?? []);
  const isNamed = guarded.length > 0 || isPublic || !app.isClosed || app.isForAll(own);
  const rest = isNamed ? [] : [app.isShared(method, own) ? anyOf(app) : { app: app.name, name: ALL }];
  const needed = [...(app.resource ? [app.resource] : []), ...guarded, ...rest];
  const once = [...new Map(needed.map((resource) => [resource.name, resource])).values()];
  return { need: once.length > 0 ? once : 'signed-in', conditions };
}

/** Whether a rule asks who somebody is, and not only from where. */
const guards = ({ resource, condition: { proof } }: Rule): boolean => resource !== null || proof !== null;

/**
 * The rules for a request. One that asks to be taken for another method is held to what any method needs.
 * @param own - the path from the app's own root
 */
export function rulesFor(app: App, own: string, method: string, headers: IncomingHttpHeaders): readonly Rule[] {
  const rules = app.rulesAt(own);
  if (rules.every(({ methods }) => methods === null) || saysAnotherMethod(headers)) return rules;
  return rules.filter(({ methods }) => methods === null || methods.has(method));
}

/** Whatever of an app somebody has been granted: enough for what all of its pages need. */
function anyOf({ name, rules }: App): Resource {
  const [first = ALL, ...others] = new Set(rules.flatMap(({ resource }) => resource?.name ?? []));
  return { app: name, name: first, orAnyOf: others };
}

/** Whether a path is open by the kind alone: no word of the configuration opens it, so what is there needs no key. */
export const isLeftOpen = (app: App, decodedPath: string, method: string): boolean =>
  demandOf(app, decodedPath, method).need === 'public' && !app.isPublic(ownPath(app, decodedPath));
