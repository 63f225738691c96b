import { type App, entryOf } from '../access/app.ts';
import { isFromElsewhere } from '../access/conditions.ts';
import { decide } from '../access/decide.ts';
import { demandOf } from '../access/demand.ts';
import { namesOf } from '../access/resource.ts';
import { isClosed } from '../config/schema/apps.ts';
import type { AppConfig } from '../config/schema/config.ts';
import { BadTarget, UsageError } from '../errors.ts';
import type { Identity } from '../identity/identity.ts';
import { canonicalAddress } from '../lib/client-address.ts';
import { formatDuration } from '../lib/duration.ts';
import { parseTarget } from '../lib/target.ts';

type Rule = AppConfig['resources'][number];

/** What somebody may open of an app by its addresses, and under which conditions. */
export function sayRules(app: AppConfig, holds: (resource: string) => boolean, say: (line: string) => void): void {
  if (app.credentials.includes('bearer')) say(`  proved by   ${credentialsOf(app).join(', ')}`);
  const everywhere = conditions({ networks: app.networks ?? undefined, require: app.require ?? undefined });
  if (everywhere.length > 0) say(`  everywhere  ${everywhere.join('; ')}`);
  for (const rule of app.resources) {
    const { resource, paths, methods } = rule;
    const may = resource === undefined ? 'only    ' : holds(resource) ? 'may open' : 'may not ';
    const more = [...(methods ? [`by ${methods.join(', ')}`] : []), ...conditions(rule)];
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
} satisfies Record<AppConfig['credentials'][number], string>;

function credentialsOf({ credentials, require, resources }: AppConfig): string[] {
  const asksWhen = [require, ...resources.map((rule) => rule.require)].some((each) => each?.max_age !== undefined);
  const words = credentials.map((each) => CREDENTIALS[each]);
  return asksWhen ? [...words, 'but a personal token is refused where it asks when (token-not-enough)'] : words;
}

function conditions({ networks, require }: Pick<Rule, 'networks' | 'require'>): string[] {
  const { amr, acr, max_age } = require ?? {};
  return [
    ...(networks ? [`from ${networks.map(({ address, bits }) => `${address}/${bits}`).join(', ')}`] : []),
    ...(amr ? [`proved by ${amr.join(' and ')}`] : []),
    ...(acr ? [`proved as ${acr.join(' or ')}`] : []),
    ...(max_age === undefined ? [] : [`proved within ${formatDuration(max_age)}`]),
  ];
}

/** A request that somebody could make. */
interface Asked {
  readonly path: string;
  readonly method: string;
  /** The client's address; `null`: not said, and not looked at. */
  readonly from: string | null;
}

/**
 * What becomes of a request, were it made by somebody who has just signed in.
 * @throws UsageError
 */
export function judgePath(
  app: App,
  identity: Identity,
  { path, method, from }: Asked,
): { line: string; isAllowed: boolean } {
  if (!path.startsWith('/')) throw new UsageError('--path: begin it with /, from the root of the app');
  const address = from === null ? null : canonicalAddress(from);
  if (from !== null && address === null) throw new UsageError('--from: write an IP address');
  const decodedPath = readPath(app, path);
  const { need, conditions: asked } = demandOf(app, decodedPath, method.toUpperCase());
  const what = `${method.toUpperCase()} ${path} for ${identity.user}:`;
  if (address !== null && isFromElsewhere({ conditions: asked, clientAddress: address, isAddressKnown: true }))
    return { line: `${what} refused, network-not-allowed`, isAllowed: false };
  const decision = decide(need, { kind: 'identified', identity }, entryOf(app));
  if (decision.kind !== 'allow') {
    const missing = decision.kind === 'deny' ? decision.missing.map(namesOf) : [];
    return { line: `${what} refused, ${decision.reason} (${missing.join(', ')})`, isAllowed: false };
  }
  const isFromHere = asked.some(({ isFrom }) => isFrom !== null) && address === null;
  const also = [
    ...(isFromHere ? ['where networks allow it'] : []),
    ...(need === 'public' || need === 'guests' ? [] : asked.flatMap(({ proof }) => proofWords(proof))),
  ];
  const by =
    need === 'public'
      ? 'public'
      : need === 'guests'
        ? 'guests too'
        : need === 'signed-in'
          ? 'signed in'
          : need.map(namesOf).join(', ');
  return { line: `${what} allowed (${[by, ...also].join('; ')})`, isAllowed: true };
}

function readPath(app: App, path: string): string {
  try {
    return parseTarget(app.prefix + path.slice(1), app.host).decodedPath;
  } catch (error) {
    if (error instanceof BadTarget) throw new UsageError(`--path: ${error.message}, so it is refused with 400`);
    throw error;
  }
}

const proofWords = (proof: App['conditions'][number]['proof']): string[] =>
  proof
    ? [
        ...(proof.amr.length > 0 ? [`if proved by ${proof.amr.join(' and ')}, else proof-too-weak`] : []),
        ...(proof.acr.length > 0 ? [`if proved as ${proof.acr.join(' or ')}, else proof-too-weak`] : []),
        ...(proof.maxAgeSec === null
          ? []
          : [`if proved within ${formatDuration(proof.maxAgeSec * 1000)}, else proof-too-old`]),
      ]
    : [];
