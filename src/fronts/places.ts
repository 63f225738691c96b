import { isIP } from 'node:net';
import type { Listen } from '../config/schema/address.ts';
import { keyOfOrigin, unfit } from '../config/unfit.ts';
import { UsageError } from '../errors.ts';
import { refuseClash } from './clash.ts';
import { type FrontName, type FrontOptions, TITLES } from './options.ts';
import type { FrontConfig, Site } from './sites.ts';

/** Where a front finds one of our listeners. */
export type Place =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string };

/** One on every address is found where the options say. */
export function placeOf(at: Listen, { dashgate }: Pick<FrontOptions, 'dashgate'>): Place {
  if (at.kind === 'unix') return at;
  const isEverywhere = at.host === '0.0.0.0' || at.host === '::';
  return { kind: 'tcp', host: isEverywhere ? dashgate : at.host, port: at.port };
}

export const hostPort = ({ host, port }: { readonly host: string; readonly port: number }): string =>
  `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;

/** Where the front listens for an origin. */
export const listensOf = ({ listen }: Pick<FrontOptions, 'listen'>, { port }: Site): readonly string[] =>
  listen.length > 0 ? listen : [`${port}`];

/**
 * What no front could make work.
 * @throws ConfigInvalid, UsageError
 */
export function refuseUnfit(
  config: Pick<FrontConfig, 'server' | 'apps'>,
  all: readonly Site[],
  front: FrontName,
  options: FrontOptions,
): void {
  const title = TITLES[front];
  const { server } = config;
  if (server.tls)
    throw unfit(
      ['server', 'tls'],
      `with ${title} in front TLS ends there; remove it, or use the proxy way without ${title}`,
    );
  for (const { hostname, origin } of all) {
    // A name with * is one for many to each of them, and so it is meant where it is the first label.
    if (/^(?:\*\.)?(?:[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\])$/.test(hostname)) continue;
    throw unfit(
      keyOfOrigin(config, origin),
      `${JSON.stringify(hostname)} is not the name of one host; write a plain host name`,
    );
  }
  if (front === 'traefik') return;
  refuseTwice(config, all, options);
  const redirectListen = server.publicUrl.isHttps ? options.redirectListen : [];
  const addresses = new Set(all.flatMap((site) => listensOf(options, site)));
  const clash = redirectListen.find((at) => addresses.has(at));
  if (clash) throw new UsageError(`--redirect-listen: https is on ${clash} already; write another address, or none`);
  refuseClash([...addresses, ...redirectListen], { server }, { ...options, redirectListen }, title);
}

/** Two origins that one address and one name would lead to. */
function refuseTwice(config: Pick<FrontConfig, 'server' | 'apps'>, all: readonly Site[], options: FrontOptions): void {
  const seen = new Map<string, Site>();
  for (const site of all) {
    for (const at of listensOf(options, site)) {
      const key = `${at} ${site.hostname}`;
      const other = seen.get(key);
      if (other)
        throw unfit(
          keyOfOrigin(config, site.origin),
          `${other.origin} and ${site.origin} would both be ${site.hostname} on ${at}; leave out --listen, or use one origin`,
        );
      seen.set(key, site);
    }
  }
}
