import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Server } from 'node:https';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { ConfigInvalid } from '../errors.ts';
import { type Clock, systemClock } from '../lib/clock.ts';

export interface TlsFiles {
  /** The certificate in PEM, and behind it those that lead to its authority. */
  readonly certFile: string;
  readonly keyFile: string;
}

/** The certificate that servers show, and what takes its place when it has been renewed. */
export interface TlsContext {
  /** For `https.createServer`. */
  readonly options: SecureContextOptions;
  /** From here on a reload reaches this server too; connections that are open keep what they have. */
  attach(server: Server): void;
  /**
   * Reads the files again.
   * @throws ConfigInvalid where they cannot be used; the old pair then stays
   */
  reload(): void;
}

/**
 * @param warn - told of a certificate that is not valid today, which is used all the same: a page that a browser warns of
 * is better than none
 * @throws ConfigInvalid where the files cannot be used
 */
export function createTlsContext(
  files: TlsFiles,
  warn: (message: string) => void,
  clock: Clock = systemClock,
): TlsContext {
  const servers = new Set<Server>();
  let options = readPair(files, warn, clock);
  return {
    get options() {
      return options;
    },
    attach(server) {
      servers.add(server);
      server.once('close', () => servers.delete(server));
    },
    reload() {
      options = readPair(files, warn, clock);
      for (const server of servers) server.setSecureContext(options);
    },
  };
}

function readPair(
  { certFile, keyFile }: TlsFiles,
  warn: (message: string) => void,
  clock: Clock,
): SecureContextOptions {
  const cert = read(certFile);
  const key = read(keyFile);
  const certificate = parse(certFile, 'certificate', () => new X509Certificate(cert));
  const privateKey = parse(keyFile, 'private key without a passphrase', () => createPrivateKey(key));
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new ConfigInvalid(
      `${keyFile}: does not belong to the certificate in ${certFile}; name the pair that was issued together`,
    );
  }
  const options: SecureContextOptions = { cert, key, minVersion: 'TLSv1.2' };
  // Those behind the first are read only here.
  parse(certFile, 'chain of certificates', () => createSecureContext(options));
  const now = clock.nowMs();
  if (certificate.validToDate.getTime() < now)
    warn(`${certFile}: the certificate ended on ${certificate.validTo}; renew it`);
  if (certificate.validFromDate.getTime() > now)
    warn(`${certFile}: the certificate begins on ${certificate.validFrom} only`);
  return options;
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? ` (${cause.code})` : '';
    throw new ConfigInvalid(`${file}: cannot be read${code}; server.tls wants a file in PEM that this user may read`, {
      cause,
    });
  }
}

/** What OpenSSL says of a key stays out of the message: it may quote from it. */
function parse<T>(file: string, what: string, make: () => T): T {
  try {
    return make();
  } catch {
    throw new ConfigInvalid(`${file}: holds no ${what} in PEM that can be used`);
  }
}
