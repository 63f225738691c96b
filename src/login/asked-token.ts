import type { Request } from 'express';
import { type App, entryOf } from '../access/app.ts';
import { openPlaces } from '../access/open-places.ts';
import { covers } from '../access/resource.ts';
import type { Config } from '../config/schema/config.ts';
import { BadBody } from '../errors.ts';
import type { Identity } from '../identity/identity.ts';
import { parseDuration } from '../lib/duration.ts';
import { ALL, meet, parseGrant } from '../lib/grant.ts';
import type { PersonalToken } from '../session/token-shelf.ts';
import { readFields } from './form.ts';
import { type ScopeChoice, TOKENS_FIELDS, type TokenProblem } from './pages/index.ts';

type Limits = Config['personalTokens'];
type Asked = Pick<PersonalToken, 'name' | 'scope'> & { readonly lifetimeSec: number };

const LEAST_SEC = 60;
const LONGEST_NAME = 60;
const MOST_GRANTS = 20;
/** As many as a form can send. */
const MOST_CHOICES = 12;
const DAY_MS = 86_400_000;
const LIFETIMES_MS = [1, 7, 30, 90, 180, 365].map((days) => days * DAY_MS);

/** What somebody asks for in a token, or what is wrong with it. Throws BadBody. */
export function askedToken(
  apps: readonly App[],
  request: Request,
  identity: Identity,
  { lifetimeSec, longestSec }: Limits,
): Asked | TokenProblem {
  const fields = readFields(request, [TOKENS_FIELDS.name, TOKENS_FIELDS.lifetime, TOKENS_FIELDS.reach]);
  const name = fields.name?.trim() ?? '';
  if (name === '' || name.length > LONGEST_NAME || /[\p{Cc}\p{Zl}\p{Zp}]/u.test(name)) return 'no-name';
  const asked = fields.lifetime === undefined ? lifetimeSec : Math.floor((parseDuration(fields.lifetime) ?? 0) / 1000);
  if (asked < LEAST_SEC || asked > longestSec) return 'bad-lifetime';
  const listed = fields.reach === 'all' ? null : resourcesIn(request);
  if (listed === null) return fields.reach === 'some' ? 'no-scope' : { name, scope: null, lifetimeSec: asked };
  const scope = listed.map(parseGrant);
  if (scope.length === 0) return 'no-scope';
  if (!scope.every((grant) => grant !== null && isTheirs(apps, identity, grant))) return 'bad-scope';
  return { name, scope: scope.filter((grant) => grant !== null).sort(), lifetimeSec: asked };
}

/** @returns `null` where there is no such field */
function resourcesIn(request: Request): string[] | null {
  const body: unknown = request.body;
  if (typeof body !== 'object' || body === null || !Object.hasOwn(body, TOKENS_FIELDS.resources)) return null;
  const given: unknown = Reflect.get(body, TOKENS_FIELDS.resources);
  const list: unknown[] = Array.isArray(given) ? given : [given];
  if (list.length > MOST_GRANTS) throw new BadBody('the field resources has too many entries');
  return [...new Set(list)].map((one) => {
    if (typeof one !== 'string') throw new BadBody('the field resources is no list of texts');
    return one;
  });
}

/** Whether somebody may open what a grant covers, or a part of it; an app that asks for nothing is everybody's. */
const isTheirs = (apps: readonly App[], identity: Identity, grant: string): boolean =>
  isOfApp(apps, grant) &&
  (meet([grant], identity.allowedResources).length > 0 ||
    apps.some((app) => covers(grant, entryOf(app)) && grant !== ALL && mayEnter(app, identity)));

const isOfApp = (apps: readonly App[], grant: string): boolean =>
  !grant.includes('/') || apps.some(({ name }) => grant.startsWith(`${name}/`));

const mayEnter = (app: App, identity: Identity): boolean => openPlaces([app], identity).length > 0;

/** What the page offers to limit a token to: apps first, and what else has been granted. */
export function choicesOf(apps: readonly App[], identity: Identity): ScopeChoice[] {
  const whole = apps
    .filter(
      (app) => (app.credentials.includes('bearer') || app.credentials.includes('tableau')) && mayEnter(app, identity),
    )
    .map(({ name, title }) => ({ grant: `${name}/${ALL}`, label: title }));
  const single = identity.allowedResources
    .filter((grant) => grant !== ALL && !whole.some((choice) => choice.grant === grant))
    .map((grant) => ({ grant, label: grant }));
  return [...whole, ...single].slice(0, MOST_CHOICES);
}

/** What the page offers, the longest last. */
export const lifetimesOf = ({ lifetimeSec, longestSec }: Limits): number[] =>
  [...new Set([...LIFETIMES_MS.filter((ms) => ms <= longestSec * 1000), lifetimeSec * 1000, longestSec * 1000])].sort(
    (a, b) => a - b,
  );
