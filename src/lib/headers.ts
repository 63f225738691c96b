/**
 * What a client may never bring to an upstream: what only a proxy may say of how the request arrived, and who somebody is.
 * Names are compared in the spelling of {@link canonicalName}; one that ends with `-` means all that begin so.
 */
const RESERVED = [
  ...['x-forwarded-', 'x-forwarded', 'forwarded', 'x-real-ip', 'x-original-', 'x-rewrite-', 'x-scheme', 'x-url-scheme'],
  ...['x-request-id', 'x-script-name', 'front-end-https', 'x-middleware-subrequest', 'proxy'],
  // Who it is: dashgate's own words, and those of proxies and dashboards (Shiny, TabPy, Streamlit, Bokeh, Grafana …).
  ...['x-dashgate-', 'remote-', 'x-remote-', 'x-auth-request-', 'x-webauth-', 'shiny-server-credentials'],
  ...['rstudio-connect-credentials', 'tabpy-user', 'x-streamlit-user', 'bokeh-session-id'],
];
const NAMES = new Set(RESERVED.filter((name) => !name.endsWith('-')));
const BEGINNINGS = RESERVED.filter((name) => name.endsWith('-'));

/** Whether a header is for dashgate to set, in whatever spelling a client brings it. */
export const isReservedHeader = (name: string): boolean => !PLAIN.has(name) && isReserved(name);

/**
 * The same, with further names that are told to one app or another.
 * @param named - none of what {@link isOrdinaryHeader} is true of
 */
export function reservedWith(named: readonly string[]): (name: string) => boolean {
  if (named.length === 0) return isReservedHeader;
  const further = new Set(named.map(canonicalName));
  return (name) => !PLAIN.has(name) && (isReserved(name) || further.has(canonicalName(name)));
}

/** What browsers send, or what is for one connection: no header of that name can tell anything else. */
export const isOrdinaryHeader = (name: string): boolean => {
  const lower = name.toLowerCase();
  return PLAIN.has(lower) || HOP_BY_HOP.has(lower);
};

function isReserved(name: string): boolean {
  const canonical = canonicalName(name);
  return NAMES.has(canonical) || BEGINNINGS.some((beginning) => canonical.startsWith(beginning));
}

/** What browsers send with every request, judged once for all. */
const PLAIN = new Set(
  [
    ...['host', 'connection', 'user-agent', 'accept', 'accept-encoding', 'accept-language', 'cookie', 'authorization'],
    ...['cache-control', 'pragma', 'origin', 'referer', 'content-type', 'content-length', 'range', 'if-none-match'],
    ...['if-modified-since', 'sec-fetch-dest', 'sec-fetch-mode', 'sec-fetch-site', 'sec-fetch-user', 'sec-ch-ua'],
    ...['sec-ch-ua-mobile', 'sec-ch-ua-platform', 'upgrade-insecure-requests', 'priority', 'dnt', 'transfer-encoding'],
  ].filter((name) => !isReserved(name)),
);

/** As CGI and WSGI servers see it, where `X_Forwarded_For`, `x-forwarded-for` and `X.Forwarded.For` are one name. */
export function canonicalName(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '-');
}

/** For one connection, not for what lies behind it (RFC 9110 §7.6.1); `Expect` is answered where the body is taken. */
const HOP_BY_HOP = new Set([
  ...['connection', 'keep-alive', 'proxy-authenticate', 'proxy-authentication-info', 'proxy-authorization'],
  ...['proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'http2-settings', 'expect'],
]);

/** `Connection` may not name these away: without them a message has another length, place or meaning. */
const NOT_TO_BE_NAMED = new Set(['content-length', 'host', 'set-cookie']);

/**
 * Finds the headers that end at this hop, by their lower-cased names: the standing ones and those that `Connection` names.
 * @param raw - names and values in turns, as `rawHeaders`
 */
export function hopByHop(raw: readonly string[]): (lowerCasedName: string) => boolean {
  const named = new Set<string>();
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index] ?? '';
    // Two lengths that few other names have.
    if ((name.length !== 10 && name.length !== 16) || !/^(?:proxy-)?connection$/i.test(name)) continue;
    for (const token of raw[index + 1]?.split(',') ?? []) named.add(token.trim().toLowerCase());
  }
  if (named.size === 0) return (name) => HOP_BY_HOP.has(name);
  return (name) => HOP_BY_HOP.has(name) || (named.has(name) && !NOT_TO_BE_NAMED.has(name));
}

/**
 * Cookies by which a dashboard of a kind believes who somebody is. Kinds that are not listed give such names no meaning:
 * an `access_token` there is the app's own and stays.
 */
const RESERVED_COOKIES = new Map([
  ['panel', /^(?:user|is_guest|id_token|access_token)$/],
  ['bokeh', /^(?:user|is_guest|id_token|access_token)$/],
  ['streamlit', /^_streamlit_user/],
]);

/** Whether an app of that kind would take a cookie of that name for an identity. */
export const isReservedCookie = (kind: string, name: string): boolean =>
  RESERVED_COOKIES.get(kind)?.test(name.replace(BLANKS, '')) ?? false;

/** What Python takes for blanks beside a name, more of them than JavaScript does. */
const BLANKS = /^[\s\p{Cc}]+|[\s\p{Cc}]+$/gu;
