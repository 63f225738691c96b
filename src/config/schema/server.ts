import { availableParallelism } from 'node:os';
import * as z from 'zod';
import { DEFAULT_PREFIX } from '../../lib/own-paths.ts';
import { formatListen, isLoopback, listen, type Origin, origin, trustedProxy } from './address.ts';
import { ownPrefix } from './own-prefix.ts';
import { file, listOf } from './values.ts';

const tls = z.strictObject({
  cert_file: file.meta({
    description: 'Certificate chain in PEM, the own certificate first. Read again when it is renewed.',
    examples: ['tls/fullchain.pem'],
  }),
  key_file: file.meta({ description: 'Private key in PEM.', examples: ['tls/privkey.pem'] }),
});

const MOST_WORKERS = 64;

const NO_WORKERS = `is no number of workers; write one from 1 to ${MOST_WORKERS}, or auto`;

const workers = z.union([z.number(), z.string()], { error: NO_WORKERS }).transform((written, context): number => {
  if (written === 'auto') return Math.min(availableParallelism(), MOST_WORKERS);
  if (typeof written === 'number' && Number.isInteger(written) && written >= 1 && written <= MOST_WORKERS)
    return written;
  context.addIssue({ code: 'custom', message: NO_WORKERS });
  return z.NEVER;
});

export const server = z
  .strictObject({
    listen: listen
      .prefault('127.0.0.1:8080')
      .meta({ description: 'Where browsers and clients are answered: `host:port` or `unix:/path`.' }),
    check_listen: listen.prefault('127.0.0.1:8081').meta({
      description: 'Where front proxies ask whether a request may pass. Keep it out of reach of anyone else.',
    }),
    public_url: origin.optional().meta({
      description:
        'Where browsers find dashgate: scheme, host and port. Decides the cookie, the links and what is our own origin; never taken from a header.',
      derived:
        '`http://` (with `server.tls` `https://`) and `server.listen`, where that is loopback; else it must be given',
      examples: ['https://dash.example.com'],
    }),
    prefix: ownPrefix.prefault(DEFAULT_PREFIX).meta({
      description:
        'Path of dashgate’s own pages, at every host: `/PREFIX/login` and its kin, and what front proxies ask at. Nothing below it reaches a dashboard. After a change, print the front’s configuration anew, and tell sign-in providers their new redirect URIs.',
      examples: ['/gate'],
    }),
    trusted_proxies: listOf(trustedProxy)
      .prefault([])
      .meta({
        description:
          'Whose `X-Forwarded-*` is believed: IP addresses, ranges, or the word `unix` for whoever comes by a unix socket.',
        examples: [['10.0.0.0/8', 'unix']],
      }),
    workers: workers.prefault(1).meta({
      title: 'number, `auto`',
      description:
        'How many processes answer requests, on the same listeners. `auto`: as many as there are cores to run on.',
      examples: [2],
    }),
    tls: tls.optional().meta({ description: 'TLS of its own.' }),
    redirect_listen: listen.optional().meta({
      description: 'A plain http listener that sends every browser to `public_url`.',
      examples: ['0.0.0.0:80'],
    }),
  })
  .prefault({})
  .meta({ description: 'The listeners, and where they are seen from outside.' });

type Read = z.output<typeof server>;

/** @returns `null` where nobody can tell: off loopback, on a unix socket, or on a port that is not known yet */
export function publicUrlOf(read: Read): Origin | null {
  if (read.public_url) return read.public_url;
  if (read.listen.kind === 'unix' || read.listen.port === 0 || !isLoopback(read.listen)) return null;
  const { origin, host, protocol } = new URL(`http${read.tls ? 's' : ''}://${formatListen(read.listen)}`);
  return { origin, host, isHttps: protocol === 'https:' };
}

export const settleServer = (read: Read, publicUrl: Origin) => ({
  listen: read.listen,
  checkListen: read.check_listen,
  redirectListen: read.redirect_listen ?? null,
  publicUrl,
  prefix: read.prefix,
  trustedProxies: read.trusted_proxies,
  workers: read.workers,
  tls: read.tls ? { certFile: read.tls.cert_file, keyFile: read.tls.key_file } : null,
});
