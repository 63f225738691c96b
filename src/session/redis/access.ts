import type { RedisConfig } from '../../config/schema/session.ts';
import { type RedisAddress, readRedisUrl } from '../../config/schema/store.ts';
import { Refused } from '../../config/schema/values.ts';
import { ConfigInvalid } from '../../errors.ts';
import { readText } from '../../lib/read-text.ts';
import { checkPrivate } from '../../lib/secret-file.ts';

const MOST_CA_BYTES = 1024 * 1024;
const MOST_LINE_BYTES = 4096;

/** Where Redis is and what it is shown. */
export interface RedisAccess {
  readonly address: RedisAddress;
  readonly isTls: boolean;
  readonly ca: string | null;
  /** Read anew each time, so that a new password needs no restart. Throws ConfigInvalid where it cannot be. */
  credentials(): { user: string | null; password: string | null };
}

/** Reads what the configuration names. Throws ConfigInvalid where it cannot be used. */
export function readAccess(config: RedisConfig, warn: (line: string) => void): RedisAccess {
  const { urlFile, passwordFile, caFile } = config;
  for (const file of [urlFile, passwordFile]) {
    if (file === null) continue;
    readLine(file);
    const warning = checkPrivate(file);
    if (warning !== null) warn(warning);
  }
  const read = urlFile === null ? null : readUrlFile(urlFile);
  const address = read?.address ?? config.address;
  if (!address) throw new ConfigInvalid('session.store: names no Redis');
  return {
    address,
    isTls: address.isTls,
    ca: caFile === null ? null : readAuthorities(caFile),
    credentials: () => ({
      user: address.user,
      password: passwordFile === null ? (config.password ?? read?.password ?? null) : readLine(passwordFile),
    }),
  };
}

function readUrlFile(file: string): { address: RedisAddress; password: string | null } {
  const read = readRedisUrl(readLine(file));
  if (read instanceof Refused) throw new ConfigInvalid(`${file}:1: ${read.why}`);
  return read;
}

function readLine(file: string): string {
  const text = readText(file, 'file with the secret of Redis', MOST_LINE_BYTES).replace(/\r?\n$/, '');
  if (text === '' || /[\r\n]/.test(text)) throw new ConfigInvalid(`${file}:1: must hold one line; write it`);
  return text;
}

function readAuthorities(file: string): string {
  const pem = readText(file, 'file of certificates', MOST_CA_BYTES);
  if (!pem.includes('-----BEGIN CERTIFICATE-----'))
    throw new ConfigInvalid(`${file}: holds no certificate in PEM; store_ca_file wants at least one`);
  return pem;
}
