/**
 * What some server or other believes, and a client may not say: the list of headers.ts beside this, whose families are spelt
 * out here, as most fronts know no wildcards.
 */
export const UNTRUSTED: readonly string[] = [
  ...family('X-Dashgate', 'App Login Status Reason Upstream-Authorization Upstream-Cookie'),
  ...family('X-Original', 'URI URL Method Host Proto Protocol Scheme For Upgrade Path Forwarded-For Remote-Addr'),
  ...family('X-Forwarded', 'For Host Proto Prefix Port Server Scheme Protocol Ssl Path Uri Method By Client-Cert'),
  ...family('X-Forwarded', 'User Userid Email Group Groups Name Preferred-Username Roles Access-Token Id-Token'),
  ...family('Remote', 'User Email Group Groups Name Display-Name Addr Roles'),
  ...family('X-Remote', 'User User-Id Email Group Groups Name Display-Name Addr Ip Roles'),
  ...family('X-Auth-Request', 'User Email Group Groups Name Roles Preferred-Username Access-Token Redirect'),
  ...family('X-WEBAUTH', 'User Email Group Groups Name Role Roles Org'),
  ...['X-Forwarded', 'Forwarded', 'X-Real-IP', 'X-Rewrite-URL', 'X-Rewrite-URI', 'X-Scheme', 'X-Url-Scheme'],
  ...['X-Script-Name', 'Front-End-Https', 'X-Middleware-Subrequest', 'Proxy', 'Shiny-Server-Credentials'],
  ...['RStudio-Connect-Credentials', 'TabPy-User', 'X-Streamlit-User', 'Bokeh-Session-Id'],
  // For one connection only (RFC 9110 §7.6.1), as far as nginx does not take them away itself.
  ...['Proxy-Authorization', 'Proxy-Authenticate', 'Proxy-Connection', 'Trailer', 'HTTP2-Settings'],
];

function family(prefix: string, names: string): string[] {
  return names.split(' ').map((name) => `${prefix}-${name}`);
}

/** Ours, and the service's alone to say: in a request, and in an answer. */
export const IDENTITY_HEADERS: readonly string[] = family('X-Dashgate', 'User Name Email Groups Resources Assertion');

/** How an app is told who is there by headers, and what names any app of the configuration is told by. */
export interface HeadersOfApp {
  readonly identityHeaders: readonly { readonly name: string }[];
  readonly namedHeaders: readonly string[];
}

/** What a front takes away from requests for an app, less what it sets there itself: some fronts would send both. */
export function droppedFor({ identityHeaders, namedHeaders }: HeadersOfApp): string[] {
  const set = new Set(identityHeaders.map(({ name }) => name.toLowerCase()));
  return untrustedWith(namedHeaders).filter((name) => !set.has(name.toLowerCase()));
}

/** With what any app is told by, each name once. */
export function untrustedWith(namedHeaders: readonly string[]): string[] {
  const known = new Set([...UNTRUSTED, ...IDENTITY_HEADERS].map((name) => name.toLowerCase()));
  return [...UNTRUSTED, ...namedHeaders.filter((name) => !known.has(name.toLowerCase()))];
}
