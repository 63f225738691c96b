import { Written } from './text.ts';

/**
 * What some server or other believes, and a client may not say: the list of lib/headers.ts, whose families are spelt out
 * here, as nginx knows no wildcards.
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

const line = (name: string, value: string): string => `proxy_set_header ${name} ${value};\n`;

/** The identity as the check told it; for an app that is not to be told, nothing. */
export const identityLines = (isTold: boolean): Written =>
  new Written(IDENTITY_HEADERS.map((name) => line(name, isTold ? variableOf(name) : '""')).join(''));

/** `$dashgate_user` for `X-Dashgate-User`. */
const variableOf = (name: string): string => `$${name.slice('X-'.length).toLowerCase().replaceAll('-', '_')}`;

/** Takes away the client's own. Not for a name that is set in the same place: nginx would send both. */
export const droppedLines = (names: readonly string[]): Written =>
  new Written(names.map((name) => line(name, '""')).join(''));

/** Takes our words out of what an upstream answers. */
export const hiddenLines = (): Written =>
  new Written(
    [...IDENTITY_HEADERS, ...UNTRUSTED.filter((name) => name.startsWith('X-Dashgate-'))]
      .map((name) => `proxy_hide_header ${name};\n`)
      .join(''),
  );
