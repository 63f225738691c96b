import type { LdapConfig } from '../../config/schema/ldap.ts';
import { ConfigInvalid } from '../../errors.ts';
import { readText } from '../../lib/read-text.ts';
import { checkPrivate } from '../../lib/secret-file.ts';

const MOST_CA_BYTES = 1024 * 1024;
const MOST_PASSWORD_BYTES = 4096;

export interface LdapSecrets {
  readonly ca: string | null;
  /** Read anew each time, so that a new password needs no restart. Throws ConfigInvalid where it cannot be. */
  bindPassword(): string;
}

/** Reads what the configuration names. Throws ConfigInvalid where it cannot be used. */
export function readSecrets(
  { caFile, bindPassword, bindPasswordFile }: LdapConfig,
  warn: (line: string) => void,
): LdapSecrets {
  const read = (): string => (bindPasswordFile === null ? (bindPassword ?? '') : readPassword(bindPasswordFile));
  if (bindPasswordFile !== null) {
    read();
    const warning = checkPrivate(bindPasswordFile);
    if (warning !== null) warn(warning);
  }
  return { ca: caFile === null ? null : readAuthorities(caFile), bindPassword: read };
}

function readPassword(file: string): string {
  const text = readText(file, 'password file', MOST_PASSWORD_BYTES).replace(/\r?\n$/, '');
  if (text === '' || /[\r\n]/.test(text))
    throw new ConfigInvalid(`${file}: must hold one line, the password of bind_dn; write it`);
  return text;
}

function readAuthorities(file: string): string {
  const pem = readText(file, 'file of certificates', MOST_CA_BYTES);
  if (!pem.includes('-----BEGIN CERTIFICATE-----'))
    throw new ConfigInvalid(`${file}: holds no certificate in PEM; ca_file wants at least one`);
  return pem;
}
