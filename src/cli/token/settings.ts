import { resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { isLocal, readUrl } from '../../config/schema/address.ts';
import { Refused } from '../../config/schema/values.ts';
import { ConfigInvalid, UsageError } from '../../errors.ts';
import type { ConnectedAppKey } from '../../lib/mint-connected-token.ts';
import { readText } from '../../lib/read-text.ts';
import { checkPrivate } from '../../lib/secret-file.ts';
import type { Io } from '../command.ts';

/** What the seven names say, as the vendor's samples have them. */
export interface TokenSettings {
  /** An origin. */
  readonly server: string;
  /** Empty: the default site. */
  readonly site: string;
  readonly apiVersion: string;
  readonly user: string;
  readonly app: ConnectedAppKey;
  /** Of the file, where others may read it. */
  readonly warning: string | null;
}

export interface SettingsAsked {
  readonly envFile: string | undefined;
  readonly user: string | undefined;
  readonly isDefaultSite: boolean;
}

const NAMES = [
  'TABLEAU_SERVER',
  'TABLEAU_SITENAME',
  'TABLEAU_RESTAPI_VERSION',
  'TABLEAU_USERNAME',
  'TABLEAU_CA_CLIENT',
  'TABLEAU_CA_SECRET_ID',
  'TABLEAU_CA_SECRET_VALUE',
] as const;
type Name = (typeof NAMES)[number];

const MOST_BYTES = 64 * 1024;

/** The environment over the file, as everywhere. Throws UsageError, ConfigInvalid; no message holds a value. */
export function readTokenSettings(
  { env, cwd }: Pick<Io, 'env' | 'cwd'>,
  { envFile, user, isDefaultSite }: SettingsAsked,
): TokenSettings {
  const file = envFile === undefined ? null : readEnvFile(resolve(cwd, envFile), envFile);
  const given = (name: Name): string => env[name] || file?.values[name] || '';
  const said: Partial<Record<Name, string>> = {
    ...(user !== undefined && { TABLEAU_USERNAME: user }),
    ...(isDefaultSite && { TABLEAU_SITENAME: '' }),
  };
  const missing = NAMES.filter((name) => said[name] === undefined && given(name) === '');
  if (missing.length > 0)
    throw new UsageError(
      `${missing.join(', ')}: not set; set ${missing.length > 1 ? 'them' : 'it'} in the environment${envFile === undefined ? ', or name a file that does by --env-file' : ` or in ${envFile}`}`,
    );
  const settingOf = (name: Name): string => said[name] ?? given(name);
  const apiVersion = settingOf('TABLEAU_RESTAPI_VERSION');
  if (!/^\d{1,3}\.\d{1,3}$/.test(apiVersion))
    throw new UsageError('TABLEAU_RESTAPI_VERSION: is not a version of the REST API; write one as 3.22');
  return {
    server: readServer(settingOf('TABLEAU_SERVER')),
    site: settingOf('TABLEAU_SITENAME'),
    apiVersion,
    user: settingOf('TABLEAU_USERNAME'),
    app: {
      clientId: settingOf('TABLEAU_CA_CLIENT'),
      secretId: settingOf('TABLEAU_CA_SECRET_ID'),
      secret: settingOf('TABLEAU_CA_SECRET_VALUE'),
    },
    warning: file?.warning ?? null,
  };
}

function readEnvFile(file: string, shown: string): { values: Partial<Record<string, string>>; warning: string | null } {
  const values = parseEnv(readText(file, 'file of settings', MOST_BYTES));
  try {
    return { values, warning: checkPrivate(file) };
  } catch (error) {
    // The samples leave it as the editor made it, and this is no server: it is said, and nothing is refused.
    if (!(error instanceof ConfigInvalid)) throw error;
    return { values, warning: error.message.replace(file, shown) };
  }
}

function readServer(given: string): string {
  const url = readUrl(given);
  if (url instanceof Refused) throw new UsageError(`TABLEAU_SERVER: ${url.why}`);
  if (url.pathname !== '/')
    throw new UsageError(
      'TABLEAU_SERVER: has a path; write scheme, host and port only, as https://tableau.example.com',
    );
  return url.origin;
}

/** Whether what is sent there can be read on the way. */
export const isInsecure = ({ server }: Pick<TokenSettings, 'server'>): boolean => {
  const { protocol, host } = new URL(server);
  return protocol !== 'https:' && !isLocal(host);
};
