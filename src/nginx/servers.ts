import { kindOf } from '../apps/kinds.ts';
import type { AppConfig, Config } from '../config/schema/config.ts';
import { keyOfOrigin, unfit } from '../config/unfit.ts';
import type { Path } from '../config/yaml-file.ts';
import { UsageError } from '../errors.ts';
import { refuseClash } from '../fronts/clash.ts';
import { answerPaths } from '../fronts/sites.ts';
import { createOwnPaths, type OwnPaths } from '../lib/own-paths.ts';
import { IDENTITY_HEADERS, UNTRUSTED } from '../lib/untrusted-headers.ts';
import { cachedCheck } from './auth-cache.ts';
import { droppedLines, overrideLines } from './headers.ts';
import { guardedLocation, isGuarded, location, proxiedLocation } from './location.ts';
import type { InitOptions } from './options.ts';
import { hostOf, hsts, isAddress, isManifold, type Origin, originAsked, schemeOf, serverName } from './origin.ts';
import { nowhere, unanswered } from './page.ts';
import type { ForwardedPath } from './paths.ts';
import { render, type Values } from './template.ts';
import { join, nothing, Written, word } from './text.ts';

export type FrontConfig = Pick<Config, 'server' | 'apps' | 'providers'>;
export type Paths = ReadonlyMap<AppConfig, ForwardedPath>;

/** One server a public origin, and those that refuse or redirect what comes by another name. */
export function servers({ server, apps, providers }: FrontConfig, options: InitOptions, paths: Paths): Written {
  const origins = new Map<string, Origin>();
  for (const at of [server.publicUrl, ...apps.map((app) => app.at)]) origins.set(at.origin, at);
  const all = [...origins.values()];
  const own = createOwnPaths(server.prefix);
  const listens = listensOf(options);
  const keyOf = ({ origin }: Origin) => keyOfOrigin({ server, apps }, origin);
  for (const each of all) refusePattern(each, keyOf);
  refuseTwice(all, listens, keyOf);
  const redirectAt = server.publicUrl.isHttps ? options.redirectListen : [];
  const addresses = new Set(all.flatMap((each) => listens(each)));
  const clash = redirectAt.find((at) => addresses.has(at));
  if (clash) throw new UsageError(`--redirect-listen: https is on ${clash} already; write another address, or none`);
  refuseClash([...addresses, ...redirectAt], { server }, options, 'nginx');
  return join([
    ...redirectAt.map((at) => refuseServer(at, [], options)),
    ...[...addresses].map((at) =>
      refuseServer(
        at,
        all.filter((each) => listens(each).includes(at)),
        options,
      ),
    ),
    ...(redirectAt.length > 0 ? redirects(all) : []).map((origin) => redirectServer(origin, redirectAt, options)),
    ...all.map((each) =>
      originServer(
        each,
        own,
        apps.filter((app) => app.at.origin === each.origin),
        listens(each),
        options,
        paths,
        each.origin === server.publicUrl.origin ? answerPaths(providers, each.origin) : [],
      ),
    ),
  ]);
}

type Listens = (origin: Origin) => readonly string[];
/** Where an origin is written. */
type KeyOf = (origin: Origin) => Path;

/** Where the server of an origin listens. All origins are http or all https: the session cookie is made for one of them. */
const listensOf =
  ({ listen }: InitOptions): Listens =>
  ({ origin, isHttps }) =>
    listen.length > 0 ? listen : [new URL(origin).port || (isHttps ? '443' : '80')];

/** nginx reads a name with `*`, or one that begins with `~` or a dot, as a pattern for many; ours are written otherwise. */
function refusePattern(origin: Origin, keyOf: KeyOf): void {
  const host = isManifold(origin) ? hostOf(origin).slice('*.'.length) : hostOf(origin);
  if (/^(?:[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\])$/.test(host)) return;
  throw unfit(
    keyOf(origin),
    `${JSON.stringify(host)} is not the name of one host, as nginx reads it; write a plain host name`,
  );
}

/** nginx takes the first of two servers with one name and address, and only warns of the other. */
function refuseTwice(all: readonly Origin[], listens: Listens, keyOf: KeyOf): void {
  const seen = new Map<string, Origin>();
  for (const each of all) {
    for (const at of listens(each)) {
      const key = `${at} ${hostOf(each)}`;
      const other = seen.get(key);
      if (other) {
        throw unfit(
          keyOf(each),
          `${other.origin} and ${each.origin} would both be ${hostOf(each)} on ${at}, and nginx could not tell them apart; leave out --listen, or use one origin`,
        );
      }
      seen.set(key, each);
    }
  }
}

/** What is sent on to https: of several origins of a host the first. */
const redirects = (all: readonly Origin[]): readonly Origin[] =>
  all.filter((each, i) => all.findIndex((other) => hostOf(other) === hostOf(each)) === i);

const listenLines = (at: readonly string[], parameters: string): Written =>
  new Written(at.map((each) => `listen ${word(each)}${parameters};\n`).join(''));

const common = ({ accessLog }: InitOptions): Written => render('common', { access_log: accessLog });

function tls({ cert, key }: InitOptions): Written {
  const certificate = `ssl_certificate ${word(cert)};\nssl_certificate_key ${word(key)};`;
  return render('tls', { certificate: new Written(cert === '' ? 'ssl_reject_handshake on;' : certificate) });
}

function refuseServer(at: string, here: readonly Origin[], options: InitOptions): Written {
  const isHttps = here.some((each) => each.isHttps);
  // A client names no address in the handshake (RFC 6066 §3): then the refusal has to wait for the Host header.
  const isByAddress = here.some(isAddress);
  return render('refuse-server', {
    listen: listenLines([at], isHttps ? ' ssl http2 default_server' : ' default_server'),
    tls: isHttps ? tls(isByAddress ? options : { ...options, cert: '' }) : nothing,
    common: common(options),
  });
}

const redirectServer = (origin: Origin, at: readonly string[], options: InitOptions): Written =>
  render('redirect-server', {
    listen: listenLines(at, ''),
    name: serverName(origin),
    common: common(options),
    to: originAsked(origin, '$request_uri'),
  });

function originServer(
  origin: Origin,
  own: OwnPaths,
  apps: readonly AppConfig[],
  at: readonly string[],
  options: InitOptions,
  paths: Paths,
  answers: readonly string[],
): Written {
  const hasRoot = apps.some((app) => app.at.prefix === '/');
  const question = render('question', { scheme: schemeOf(origin), overrides: overrideLines() });
  return render('server', {
    listen: listenLines(at, origin.isHttps ? ' ssl http2' : ''),
    name: serverName(origin),
    tls: origin.isHttps ? tls(options) : nothing,
    common: common(options),
    check: own.check.nginx,
    check_url: `http://dashgate_check${own.check.nginx}`,
    check_folder: `${own.prefix}/auth/`,
    refuse: own.check.refuse,
    question,
    cached: cachedCheck(options),
    hsts: hsts(origin),
    unanswered: unanswered(origin),
    stream: options.sockets === 'proxy' ? throughDashgate('stream', origin) : nothing,
    own: join([
      ownPages(`^~ ${word(`${own.prefix}/`)}`, origin),
      ...(apps.some(({ isEmbedded }) => isEmbedded) ? frames(own, origin) : []),
      ...answers.map((path) => answerLocation(path, apps, origin)),
      ...[...new Set([...(hasRoot ? [] : ['/']), ...apps.flatMap(ownPaths)])]
        .filter((path) => !answers.includes(path))
        .map((path) => ownPages(`= ${word(path)}`, origin)),
    ]),
    apps: join([
      ...apps.map((app) =>
        isGuarded(app) ? guardedLocation(app) : location(app, own, paths.get(app)?.variable ?? '$request_uri', options),
      ),
      ...(hasRoot ? [] : [nowhere(origin, own)]),
    ]),
  });
}

/** What nginx cannot change on its way goes through the proxy way, which asks the same as the check, and so do ways to our pages. */
const ownPaths = ({ kind, at, loginPath, logoutPath }: AppConfig): string[] =>
  [...kindOf({ kind }).rewritten, loginPath ?? [], logoutPath ?? []].flat().map((path) => at.prefix + path.slice(1));

/** Only dashgate can tell the one from the other, so all that comes there goes through the proxy way. */
function answerLocation(path: string, apps: readonly AppConfig[], origin: Origin): Written {
  const app = apps
    .filter(({ at }) => path.startsWith(at.prefix))
    .toSorted((a, b) => b.at.prefix.length - a.at.prefix.length)[0];
  return app ? proxiedLocation(`= ${word(path)}`, app, ANSWERS) : ownPages(`= ${word(path)}`, origin);
}

const ANSWERS = '# Answers of a sign-in provider come here, which only dashgate can tell from requests for the app.';

/** Where frames of other pages are signed in, by a token that may stand in the address, and where they hear of their end. */
const frames = (own: OwnPaths, origin: Origin): Written[] => [
  ownPages(`= ${word(own.embed)}`, origin, new Written(QUIET)),
  proxiedLocation(`= ${word(`${own.embed}/watch`)}`, { at: origin, timeoutMs: DAY_MS }, WATCHED),
];

const DAY_MS = 86_400_000;
const WATCHED = '# Where pages in frames of other pages hear that their session has ended.';
const QUIET =
  '# A token may stand in the address, and the error log would have all of that.\nerror_log /dev/null emerg;';

/** Passes on to dashgate's public listener. At a root without an app that shows the way to the dashboards. */
const ownPages = (location: string, origin: Origin, more: Written = nothing): Written =>
  throughDashgate('public', origin, { location: new Written(location), more });

const throughDashgate = (template: 'public' | 'stream', origin: Origin, more: Values = {}): Written =>
  render(template, {
    ...more,
    hsts: hsts(origin),
    dropped: droppedLines([...IDENTITY_HEADERS, ...UNTRUSTED].filter((name) => name !== 'X-Forwarded-For')),
  });
