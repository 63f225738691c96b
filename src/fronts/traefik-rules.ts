import type { AppConfig } from '../config/schema/config.ts';
import type { OwnPaths } from '../lib/own-paths.ts';
import { cookieNames, dropped, takenFor } from './question.ts';
import type { Site } from './sites.ts';

/** Set by Traefik itself, whatever a client said, before anything is asked. */
const ITS_OWN = [
  'X-Forwarded-For',
  'X-Forwarded-Host',
  'X-Forwarded-Proto',
  'X-Forwarded-Port',
  'X-Forwarded-Server',
  'X-Real-IP',
];

/** Higher comes first. A path counts by its length, and is no longer than 1024. */
export const PRIORITY = { own: 1_000_000, streams: 20_000, apps: 10_000, rest: 1 } as const;

/** Quoted as Go does, whose scanner reads a rule: of the same escapes JSON has those that can occur here. */
const quoted = (text: string): string => JSON.stringify(text);
type Named = Pick<Site, 'hostname' | 'apart'>;

/** One label is taken by an expression alone; what is a site of its own has rules of its own. */
export const atHost = ({ hostname, apart }: Named): string =>
  hostname.startsWith('*.')
    ? [
        `HostRegexp(${quoted(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?${hostname.slice(1).replaceAll('.', '[.]')}$`)})`,
        ...apart.map((name) => `!Host(${quoted(name)})`),
      ].join(' && ')
    : `Host(${quoted(hostname)})`;
export const below = (site: Named, prefix: string): string => `${atHost(site)} && PathPrefix(${quoted(prefix)})`;
export const ownMatch = ({ own, ownPaths, ...site }: Named & Pick<Site, 'own' | 'ownPaths'>): string =>
  `${atHost(site)} && (${[`PathPrefix(${quoted(`${own.prefix}/`)})`, ...ownPaths.map((path) => `Path(${quoted(path)})`)].join(' || ')})`;
/** What begins a websocket or an event stream. */
export const STREAM =
  'Method("GET") && (HeaderRegexp("Upgrade", "(?i)^websocket$") || HeaderRegexp("Accept", "(?i)text/event-stream"))';

/**
 * Traefik takes away every header that is listed here before it takes over those that the answer has.
 * @param checkListener - scheme, host and port of the check listener, and `own` what it is asked at
 * @param cookieName - of the session
 */
export const forwardAuth = (
  checkListener: string,
  { check }: OwnPaths,
  app: AppConfig,
  cookieName: string,
): object => ({
  address: `${checkListener}${check.forward}?front=traefik&app=${app.name}`,
  trustForwardHeader: false,
  maxResponseBodySize: 1_048_576,
  authResponseHeaders: [...takenFor(app), ...dropped(app, ITS_OWN)],
  addAuthCookiesToResponse: cookieNames(cookieName),
});
