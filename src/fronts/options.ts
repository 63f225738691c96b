import { UsageError } from '../errors.ts';
import { absolute, addresses, host } from './option-values.ts';

export const FRONTS = ['traefik', 'caddy', 'envoy'] as const;
export type FrontName = (typeof FRONTS)[number];

/** What dashgate.yaml does not say: where the front stands, and where it finds things. */
export interface FrontOptions {
  /** Certificate chain and key in PEM, as the front's machine names them; `null`: the front brings its own. */
  readonly tls: { readonly cert: string; readonly key: string } | null;
  /** Where the front listens, as `443` or `[::]:443`; empty: on the port of each origin. */
  readonly listen: readonly string[];
  /** Addresses from which plain http is sent on to https; empty: none. */
  readonly redirectListen: readonly string[];
  /** Host name or address where the front finds a dashgate that listens on every address. */
  readonly dashgate: string;
  /** Of Traefik's static configuration, which has the addresses: where apps are, and where plain http is sent on; `null`: nowhere. */
  readonly entryPoint: string | null;
  readonly redirectEntryPoint: string | null;
}

/** As people call it. */
export const TITLES = { traefik: 'Traefik', caddy: 'Caddy', envoy: 'Envoy' } as const satisfies Record<
  FrontName,
  string
>;

/**
 * @param given - flags, by name without dashes
 * @throws UsageError for what the front would take for something else
 */
export function readFrontOptions(front: FrontName, given: Readonly<Record<string, string | true>>): FrontOptions {
  const whose = TITLES[front];
  const text = (flag: string): string | undefined => (typeof given[flag] === 'string' ? given[flag] : undefined);
  const foreign = front === 'traefik' ? ['listen', 'redirect-listen'] : ['entry-point', 'redirect-entry-point'];
  const stray = foreign.find((flag) => flag in given);
  if (stray !== undefined)
    throw new UsageError(
      front === 'traefik'
        ? `--${stray}: Traefik listens where its static configuration says; name its entry points by --entry-point and --redirect-entry-point`
        : `--${stray}: is of Traefik alone; write --listen or --redirect-listen`,
    );
  const [cert, key] = [text('cert'), text('key')];
  if ((cert === undefined) !== (key === undefined)) throw new UsageError('--cert and --key go together');
  const tls =
    cert === undefined || key === undefined
      ? null
      : { cert: absolute('cert', cert, whose), key: absolute('key', key, whose) };
  const listen = addresses('listen', text('listen'), whose) ?? [];
  const redirect = text('redirect-listen');
  return {
    tls: tls ?? (front === 'envoy' ? ENVOY_TLS : null),
    listen,
    redirectListen: redirect === 'none' ? [] : (addresses('redirect-listen', redirect, whose) ?? ['80']),
    dashgate: host('dashgate', text('dashgate') ?? '127.0.0.1'),
    entryPoint: entryPoint('entry-point', text('entry-point')),
    redirectEntryPoint:
      text('redirect-entry-point') === 'none'
        ? null
        : (entryPoint('redirect-entry-point', text('redirect-entry-point')) ?? 'web'),
  };
}

export const ENVOY_TLS = { cert: '/etc/envoy/tls/fullchain.pem', key: '/etc/envoy/tls/privkey.pem' } as const;

function entryPoint(flag: string, name: string | undefined): string | null {
  if (name !== undefined && !/^[A-Za-z0-9_-]{1,64}$/.test(name))
    throw new UsageError(`--${flag}: is not the name of an entry point, as websecure`);
  return name ?? null;
}

/** An address to listen on. */
export interface Listening {
  /** Without brackets; empty: every IPv4 address, and in Caddy every address. */
  readonly host: string;
  readonly port: number;
}

export function listening(at: string): Listening {
  const colon = at.lastIndexOf(':');
  const host = colon < 0 ? '' : at.slice(0, colon).replace(/^\[|\]$/g, '');
  return { host: host === '*' ? '' : host, port: Number(at.slice(colon + 1)) };
}
