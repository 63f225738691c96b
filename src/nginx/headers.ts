import { Written } from './text.ts';

/** Who it is, and the variable that the check's answer is kept in. */
const IDENTITY = ['User', 'Name', 'Email', 'Groups', 'Resources', 'Assertion'];

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

const line = (name: string, value: string): string => `proxy_set_header ${name} ${value};\n`;

/** The identity as the check told it; for an app that is not to be told, nothing. */
export const identityLines = (isTold: boolean): Written =>
  new Written(
    IDENTITY.map((name) => line(`X-Dashgate-${name}`, isTold ? `$dashgate_${name.toLowerCase()}` : '""')).join(''),
  );

/**
 * Takes away the client's own.
 * @param setElsewhere - named in the same place already: nginx would send both
 */
export function droppedLines(setElsewhere: readonly string[]): Written {
  const skip = new Set(setElsewhere.map((name) => name.toLowerCase()));
  return new Written(
    UNTRUSTED.filter((name) => !skip.has(name.toLowerCase()))
      .map((name) => line(name, '""'))
      .join(''),
  );
}

/** Every identity header, for the places where nobody is to be told. */
export const IDENTITY_HEADERS: readonly string[] = IDENTITY.map((name) => `X-Dashgate-${name}`);
