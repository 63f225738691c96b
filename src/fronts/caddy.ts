import { asOf, keyOfOrigin } from '../config/unfit.ts';
import { ConfigInvalid } from '../errors.ts';
import { IDENTITY_HEADERS } from '../lib/untrusted-headers.ts';
import { staysHttps } from '../nginx/origin.ts';
import { intro } from './intro.ts';
import { type FrontOptions, listening } from './options.ts';
import { hostPort, listensOf, type Place, placeOf } from './places.ts';
import { dropped, HIDDEN, takenFor } from './question.ts';
import { besideOf, type FrontConfig, oneAHost, type Site, sites } from './sites.ts';

/** Set by Caddy itself, of which it believes no client. */
const ITS_OWN = ['X-Forwarded-For', 'X-Forwarded-Host', 'X-Forwarded-Proto'];

/** A Caddyfile. @throws ConfigInvalid for what a Caddyfile cannot hold */
export function caddyFront(config: FrontConfig, options: FrontOptions): string {
  const { server } = config;
  const all = sites(config);
  const check = dial(placeOf(server.checkListen, options));
  const dashgate = dial(placeOf(server.listen, options));
  return [
    ...intro('caddy', 'a Caddyfile: caddy run --config FILE --adapter caddyfile'),
    block('', ['auto_https disable_redirects']),
    '# What a client says under a name that is reserved, taken away before anybody is asked.',
    block(
      '(dashgate_drop)',
      reserved(config).map((name) => `request_header -${name}`),
    ),
    '# What dashgate answers itself: login, logout, what stays open, and apps that it has to change something of.',
    block('(dashgate_public)', [`reverse_proxy ${dashgate}`]),
    ...all.flatMap((site) => asOf(keyOfOrigin(config, site.origin), () => siteBlocks(config, site, options, check))),
    ...(server.publicUrl.isHttps ? oneAHost(all).flatMap((site) => redirects(site, options)) : []),
    '# Any other host: without these, Caddy would answer 200 with nothing.',
    ...elsewhere(all, server.publicUrl, options),
  ].join('\n');
}

/** What an app is told by too: Caddy would keep a client's own where the answer has none. */
function reserved({ apps }: FrontConfig): string[] {
  const told = apps.flatMap((app) => [...dropped(app, ITS_OWN), ...app.identityHeaders.map(({ name }) => name)]);
  return [...new Set([...IDENTITY_HEADERS, ...told])];
}

/** A block of directives, each a line or a block again. */
function block(head: string, lines: readonly string[]): string {
  const inner = lines.map((line) => line.replace(/\n$/, '').replace(/^(?=.)/gm, '\t')).join('\n');
  return `${head === '' ? '' : `${head} `}{\n${inner}\n}\n`;
}

/** One word of a Caddyfile. Braces begin a placeholder, and a backquote another way to quote. */
function token(text: string): string {
  const bad = /[{}`"\\\p{Cc}\u2028\u2029]/u.exec(text);
  if (bad)
    throw new ConfigInvalid(
      `a Caddyfile has no way to hold ${JSON.stringify(bad[0])} in ${JSON.stringify(text.slice(0, 80))}; choose another name`,
    );
  return /^[A-Za-z0-9_./:[\]-]+$/.test(text) ? text : `"${text}"`;
}

/** To the matcher `*` is any text. It tells no case, so what comes in another one is asked about, and refused. */
function path(text: string): string {
  if (text.includes('*'))
    throw new ConfigInvalid(`Caddy takes * in ${JSON.stringify(text.slice(0, 80))} for any text; choose another path`);
  return token(text);
}

const dial = (place: Place): string => token(place.kind === 'unix' ? `unix/${place.path}` : hostPort(place));

/** By port: the addresses to bind, of which an empty one is all. */
function byPort(listens: readonly string[]): ReadonlyMap<number, readonly string[]> {
  const found = new Map<number, string[]>();
  for (const { host, port } of listens.map(listening)) found.set(port, [...(found.get(port) ?? []), host]);
  return found;
}

const bind = (hosts: readonly string[]): string[] =>
  hosts.includes('') ? [] : [`bind ${hosts.map((host) => token(host)).join(' ')}`];

function siteBlocks(config: FrontConfig, site: Site, options: FrontOptions, check: string): string[] {
  const {
    hostname,
    isHttps,
    own: { prefix },
  } = site;
  const own = [prefix, `${prefix}/*`, ...site.ownPaths.map(path)];
  return [...byPort(listensOf(options, site))].map(([port, hosts]) =>
    block(`${isHttps ? 'https' : 'http'}://${hostname}:${port}`, [
      ...bind(hosts),
      ...(isHttps && options.tls ? [`tls ${token(options.tls.cert)} ${token(options.tls.key)}`] : []),
      ...(staysHttps(site) ? [block('header', ['Strict-Transport-Security "max-age=31536000"', 'defer'])] : []),
      `@own path ${own.join(' ')}`,
      '# What may stay open goes through dashgate, which ends it with its session.',
      block('@socket', ['method GET', 'header_regexp Upgrade (?i)^websocket$']),
      block('@events', ['method GET', 'header_regexp Accept (?i)text/event-stream']),
      block('route', [
        ...['@own', '@socket', '@events'].map((matcher) => handle(matcher, ['import dashgate_public'])),
        ...site.apps.map((app) => asOf(['apps', config.apps.indexOf(app)], () => appHandle(app, site, check))),
        ...(site.apps.some(({ at }) => at.prefix === '/') ? [] : [handle('', ['import dashgate_public'])]),
      ]),
    ]),
  );
}

const handle = (matcher: string, lines: readonly string[]): string => block(`handle ${matcher}`.trim(), lines);

/** Asks, and forwards to the dashboard what was judged; what the question is answered with is all that is told. */
function appHandle(app: Site['apps'][number], { own }: Site, check: string): string {
  const beside = besideOf(app);
  const matcher = app.at.prefix === '/' ? '' : path(app.at.prefix) && token(`${app.at.prefix}*`);
  if (!beside) return handle(matcher, ['import dashgate_public']);
  return handle(matcher, [
    block('route', [
      'import dashgate_drop',
      block(`forward_auth ${check}`, [
        `uri ${own.check.forward}?app=${app.name}`,
        `copy_headers ${[...takenFor(app).filter((name) => !RENAMED.includes(name)), ...PAIR].join(' ')}`,
      ]),
      block(`reverse_proxy ${token(hostPort(beside))}`, [
        ...RENAMED.map((name) => `header_up ${name} {http.request.header.${UPSTREAM}${name}}`),
        `header_up -${UPSTREAM}*`,
        ...HIDDEN.map((name) => `header_down -${name}`),
        block('transport http', ['dial_timeout 5s', `response_header_timeout ${app.timeoutMs}ms`]),
      ]),
    ]),
  ]);
}

const UPSTREAM = 'X-Dashgate-Upstream-';
const RENAMED = ['Cookie', 'Authorization'];
const PAIR = RENAMED.map((name) => UPSTREAM + name);

/** One for each port that is listened on. */
function elsewhere(all: readonly Site[], { isHttps }: { isHttps: boolean }, options: FrontOptions): string[] {
  const refusing = (scheme: string, listens: readonly string[], lines: readonly string[]): string[] =>
    [...byPort([...new Set(listens)])].map(([port, hosts]) =>
      block(`${scheme}://:${port}`, [...bind(hosts), ...lines, 'respond 404']),
    );
  const listens = all.flatMap((site) => listensOf(options, site));
  if (!isHttps) return refusing('http', listens, []);
  const { tls } = options;
  const named = tls ? [`tls ${token(tls.cert)} ${token(tls.key)}`] : [];
  return [...refusing('https', listens, named), ...refusing('http', options.redirectListen, [])];
}

const redirects = ({ hostname, origin, port: publicPort }: Site, { redirectListen }: FrontOptions): string[] =>
  [...byPort(redirectListen)].map(([port, hosts]) =>
    block(`http://${hostname}:${port}`, [
      ...bind(hosts),
      `redir ${hostname.startsWith('*.') ? `https://{host}${publicPort === 443 ? '' : `:${publicPort}`}` : origin}{uri} 307`,
    ]),
  );
