import { isClosed } from '../config/schema/app-rule.ts';
import type { AppConfig } from '../config/schema/config.ts';
import { API_TOKEN_HEADER } from '../identity/api-tokens/authenticator.ts';
import { compileNetworks } from '../lib/client-address.ts';
import { reservedWith } from '../lib/headers.ts';
import type { OwnPaths } from '../lib/own-paths.ts';
import { createPathIndex } from '../lib/path-index.ts';
import type { PathMatcher } from '../lib/path-pattern.ts';
import { createPublicPlace } from '../lib/public-place.ts';
import type { App, Rule } from './app.ts';
import type { Condition } from './conditions.ts';

/**
 * An app of the configuration with its rules compiled.
 * @param kind - what its kind adds
 */
export function compileApp(
  config: AppConfig,
  own: OwnPaths,
  kind: Pick<App, 'isOpen' | 'isShared' | 'isPoll' | 'tellsUseByBody'>,
): App {
  const resource = (name: string) => ({ app: config.name, name });
  const rules = config.resources.map((rule) => ({
    paths: rule.paths,
    rule: {
      resource: rule.resource === undefined ? null : resource(rule.resource),
      methods: rule.methods ? methodsOf(rule.methods) : null,
      condition: conditionOf(rule),
    } satisfies Rule,
  }));
  return {
    name: config.name,
    title: config.title ?? config.name,
    ...createPublicPlace(config.at, config.namedHosts),
    origin: config.at.origin,
    host: config.at.host,
    prefix: config.at.prefix,
    own,
    kind: config.kind,
    resource: config.resource === null ? null : resource(config.resource),
    rules: rules.map(({ rule }) => rule),
    rulesAt: createPathIndex(
      rules.flatMap(({ paths, rule }) => paths.map((path) => [path, rule] as const)),
      { ignoreCase: true },
    ),
    conditions: config.networks || config.require ? [conditionOf(config)] : [],
    isPublic: anyMatches(config.public),
    isForGuests: anyMatches(config.guests),
    isForAll: anyMatches(config.open),
    isClosed: isClosed(config),
    places: config.resources
      .filter(({ methods }) => !methods || methods.includes('GET'))
      .flatMap(({ paths }) => paths.find((path) => path !== '/' && !path.includes('*')) ?? []),
    credentials: config.credentials,
    allowedOrigins: config.origins,
    isTold: config.identity.length > 0 || config.identityHeaders.length > 0 || config.delegation !== null,
    tellsIdentity: config.identity.includes('headers'),
    identityHeaders: config.identityHeaders,
    namedHeaders: config.namedHeaders,
    isReservedHeader: reservedWith([
      ...config.namedHeaders,
      ...(config.credentials.includes('tableau') || config.identity.includes('tableau') ? [API_TOKEN_HEADER] : []),
    ]),
    toldCookies: toldCookiesOf(config),
    pageTokens: hasPageTokens(config) ? config.pageTokens : null,
    isOpen: kind.isOpen,
    isShared: kind.isShared,
    isPoll: kind.isPoll,
    tellsUseByBody: kind.tellsUseByBody,
    realm: config.realm,
    sections: config.sections,
    upstreamAuth: config.upstreamAuth,
    tellsTableau: config.identity.includes('tableau'),
    delegation: config.delegation,
  };
}

type Conditions = AppConfig['resources'][number];
function conditionOf({
  networks,
  require,
}: {
  readonly networks?: Conditions['networks'] | null;
  readonly require?: Conditions['require'] | null;
}): Condition {
  return {
    isFrom: networks ? compileNetworks(networks) : null,
    proof: require
      ? {
          amr: require.amr ?? [],
          acr: require.acr ?? [],
          maxAgeSec: require.max_age === undefined ? null : Math.floor(require.max_age / 1000),
        }
      : null,
  };
}

/** Whoever answers GET answers HEAD. */
const methodsOf = (methods: readonly string[]): ReadonlySet<string> =>
  new Set(methods.includes('GET') ? [...methods, 'HEAD'] : methods);

/** A pattern that opens is taken to the letter. */
function anyMatches(patterns: readonly string[]): PathMatcher {
  const find = createPathIndex(
    patterns.map((pattern) => [pattern, true] as const),
    { ignoreCase: false },
  );
  return (path) => find(path).length > 0;
}

/** Who is told by Panel's cookies is a server of Bokeh's, by whatever name. */
const hasPageTokens = ({ kind, identity }: AppConfig): boolean =>
  kind === 'panel' || kind === 'bokeh' || identity.includes('panel');

/** All by which Panel and Bokeh believe who somebody is; unsigned, the last one makes a guest of anybody. */
const PANEL_COOKIES = ['user', 'id_token', 'access_token', 'refresh_token', 'oauth_expiry', 'is_guest'];

const toldCookiesOf = ({
  identity,
  signedCookie,
  encryptedCookie,
}: Pick<AppConfig, 'identity' | 'signedCookie' | 'encryptedCookie'>): string[] => [
  ...(identity.includes('panel') ? PANEL_COOKIES : []),
  ...(identity.includes('signed-cookie') && signedCookie ? [signedCookie.name] : []),
  ...(identity.includes('encrypted-cookie') && encryptedCookie ? [encryptedCookie.name] : []),
];
