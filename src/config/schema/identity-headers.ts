import * as z from 'zod';
import { canonicalName, isOrdinaryHeader } from '../../lib/headers.ts';
import type { ToldHeader } from '../../lib/identity-headers.ts';
import { METHOD_OVERRIDES } from '../../lib/method-override.ts';
import { listOf } from './values.ts';

/** As other proxies and dashboards call them. */
const PRESETS = {
  // oauth2-proxy, --pass-user-headers
  forwarded: [
    { name: 'X-Forwarded-User', tells: 'user' },
    { name: 'X-Forwarded-Preferred-Username', tells: 'user' },
    { name: 'X-Forwarded-Email', tells: 'email' },
    { name: 'X-Forwarded-Groups', tells: 'groups' },
  ],
  // Authelia
  remote: [
    { name: 'Remote-User', tells: 'user' },
    { name: 'Remote-Name', tells: 'name' },
    { name: 'Remote-Email', tells: 'email' },
    { name: 'Remote-Groups', tells: 'groups' },
  ],
  // Grafana, [auth.proxy]
  webauth: [
    { name: 'X-WEBAUTH-USER', tells: 'user' },
    { name: 'X-WEBAUTH-NAME', tells: 'name' },
    { name: 'X-WEBAUTH-EMAIL', tells: 'email' },
    { name: 'X-WEBAUTH-GROUPS', tells: 'groups' },
  ],
  shiny: [{ name: 'Shiny-Server-Credentials', tells: 'shiny' }],
} as const satisfies Record<string, readonly ToldHeader[]>;

/** What says something else, to the dashboard, to a front or to dashgate. */
const TAKEN = new Set([
  ...METHOD_OVERRIDES.map(canonicalName),
  ...['age', 'allow', 'date', 'etag', 'expires', 'from', 'last-modified', 'link', 'location', 'max-forwards', 'range'],
  ...['refresh', 'retry-after', 'server', 'set-cookie', 'status', 'vary', 'via', 'warning', 'www-authenticate'],
  ...['x-request-id', 'x-requested-with', 'x-real-ip', 'x-sent-from', 'forwarded', 'x-forwarded', 'proxy'],
  ...['x-scheme', 'x-url-scheme', 'x-script-name', 'front-end-https', 'remote-addr', 'x-remote-addr', 'x-remote-ip'],
  ...['bokeh-session-id', 'cookie2', 'set-cookie2', 'alt-svc', 'clear-site-data', 'strict-transport-security'],
]);
const TAKEN_FAMILIES =
  /^(?:content-|accept-|access-control-|if-|sec-|proxy-|x-dashgate-|x-original-|x-rewrite-|x-accel-|x-envoy-|x-middleware-|x-forwarded-(?:for|host|proto|prefix|port|server|scheme|protocol|ssl|path|uri|method|by|client-cert|tls)(?:$|-))/;

/** Letters, digits and dashes: every server has one spelling of it (RFC 9110 §5.1 allows more). */
export function whyNoName(given: string): string | null {
  if (!/^[A-Za-z](?:-?[A-Za-z0-9]){0,63}$/.test(given) || given.length > 64)
    return 'is not a header name; write at most 64 letters and digits with single dashes between, as X-My-User';
  const name = canonicalName(given);
  if (isOrdinaryHeader(name) || TAKEN.has(name) || TAKEN_FAMILIES.test(name))
    return 'is the name of a header that says something else; choose another, as X-My-User';
  return null;
}

const KEYS = ['user', 'name', 'email', 'groups', 'resources'] as const;
const keyOf = (key: string): (typeof KEYS)[number] | undefined => KEYS.find((known) => known === key);
const isPreset = (word: string): word is keyof typeof PRESETS => Object.hasOwn(PRESETS, word);

const entry = z
  .union([z.string(), z.record(z.string(), z.string())])
  .transform((written, context): readonly ToldHeader[] => {
    const refuse = (message: string, path: string[] = []): never => {
      context.addIssue({ code: 'custom', message, path });
      return z.NEVER;
    };
    if (typeof written === 'string')
      return isPreset(written)
        ? PRESETS[written]
        : refuse('is not known; write forwarded, remote, webauth, shiny or names of your own, as { user: X-My-User }');
    const named = Object.entries(written);
    if (named.length === 0) return refuse('names nothing; write { user: X-My-User }, or remove it');
    return named.map(([key, name]) => {
      const tells = keyOf(key);
      const why = whyNoName(name);
      if (why !== null) refuse(why, [key]);
      return tells ? { name, tells } : refuse(`is not known; write ${KEYS.join(', ')}`, [key]);
    });
  });

export const identityHeaders = listOf(entry)
  .prefault([])
  .meta({
    title: 'list of `forwarded`, `remote`, `webauth`, `shiny` or names',
    description:
      'Further headers that say who is there. `forwarded`: `X-Forwarded-User`, `-Preferred-Username`, `-Email`, `-Groups`; `remote`: `Remote-User`, `-Name`, `-Email`, `-Groups`; `webauth`: `X-WEBAUTH-USER`, `-NAME`, `-EMAIL`, `-GROUPS`; `shiny`: `Shiny-Server-Credentials`; or names of your own, as `{ user: X-My-User }`, for `user`, `name`, `email`, `groups` and `resources`. No client can say any of them, to any app.',
    examples: [['forwarded', { user: 'X-My-User', groups: 'X-My-Groups' }]],
  });
