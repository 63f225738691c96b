import { readFile } from 'node:fs/promises';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { isIP } from 'node:net';
import type { Options } from 'http-proxy-middleware';
import type { Upstream as Address } from '../config/schema/app-address.ts';
import { ConfigInvalid } from '../errors.ts';
import type { Target } from '../lib/target.ts';
import { plainly, secretly } from './connect.ts';
import { KEEP_UNUSED_MS, type Lines, MOST_UNUSED, openLines } from './lines.ts';

/** How an https upstream is known: by the system's authorities and its own host, where nothing else is said. */
export interface UpstreamTls {
  readonly caFile: string | null;
  readonly serverName: string | null;
}

/** An upstream with its kept connections. */
export interface Upstream {
  readonly target: NonNullable<Options['target']>;
  /** For what plain requests do not go by. */
  readonly agent: HttpAgent;
  /** For plain requests. */
  readonly lines: Lines;
  /** Where a public path is found there, with the query. */
  locate(target: Target): string;
  /** The public prefix without the slash at its end, where the upstream does not see it; else empty. */
  readonly strippedPrefix: string;
}

export interface UpstreamOptions {
  readonly tls: UpstreamTls | null;
  /** Of the app. */
  readonly prefix: string;
  /** Whether connections belong to somebody: then the agent, which knows of no owners, keeps none. */
  readonly hasOwners: boolean;
}

/** @throws ConfigInvalid where the file of authorities cannot be read */
export async function openUpstream(address: Address, { tls, prefix, hasOwners }: UpstreamOptions): Promise<Upstream> {
  const keep = hasOwners
    ? { keepAlive: false }
    : { keepAlive: true, timeout: KEEP_UNUSED_MS, maxFreeSockets: MOST_UNUSED };
  const path = address.path ?? prefix;
  const common = {
    locate: (target: Target) => locate(target, prefix, path),
    strippedPrefix: path === prefix ? '' : prefix.slice(0, -1),
  };
  if (address.kind === 'unix') {
    const { socketPath } = address;
    const lines = openLines('http://localhost', plainly({ path: socketPath }));
    return { ...common, target: { protocol: 'http:', socketPath }, agent: new HttpAgent(keep), lines };
  }
  const { protocol, host, port } = address;
  const target = { protocol, hostname: host, port };
  const origin = `${protocol}//${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
  if (protocol === 'http:') {
    const lines = openLines(origin, plainly({ host, port: Number(port) }));
    return { ...common, target, agent: new HttpAgent(keep), lines };
  }
  // Said outright, for Node would else expect the certificate to be that of the public Host (and RFC 6066 §3: no IP in SNI).
  const servername = tls?.serverName ?? (isIP(host) ? '' : host);
  const ca = tls?.caFile ? { ca: await readAuthorities(tls.caFile) } : {};
  const tlsOptions = { ...ca, servername, rejectUnauthorized: true, minVersion: 'TLSv1.2' } as const;
  const lines = openLines(origin, secretly({ ...tlsOptions, host, port: Number(port) }));
  return { ...common, target, agent: new HttpsAgent({ ...keep, ...tlsOptions }), lines };
}

async function readAuthorities(file: string): Promise<string> {
  try {
    const pem = await readFile(file, 'utf8');
    if (pem.includes('-----BEGIN CERTIFICATE-----')) return pem;
  } catch (cause) {
    throw new ConfigInvalid(`${file}: cannot be read; upstream_tls.ca_file wants certificates in PEM`, { cause });
  }
  throw new ConfigInvalid(`${file}: holds no certificate in PEM; upstream_tls.ca_file wants at least one`);
}

/**
 * Puts the upstream's path in the place of the public prefix. Counted in segments, as the prefix may be spelt with
 * percent-encodings in the request; an encoded slash never gets here. Both begin and end with `/`.
 */
function locate({ path, query }: Target, prefix: string, upstreamPath: string): string {
  if (upstreamPath === prefix) return path + query;
  const [, ...segments] = path.split('/');
  const depth = prefix.split('/').length - 2;
  const rest = segments.slice(depth);
  // `/sales`, asked for without its slash, is asked for so upstream too.
  const found = segments.length > depth ? upstreamPath + rest.join('/') : upstreamPath.slice(0, -1) || '/';
  return found + query;
}
