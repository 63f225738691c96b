import type { Config } from '../config/schema/config.ts';

/** What the configuration says of signing in, whoever does. */
export interface Rules {
  /** For how long who signs in may ask to stay so, in milliseconds; `null`: that is not offered. */
  readonly rememberMs: number | null;
  /** Whether anybody can sign in by what is typed here. */
  readonly showsForm: boolean;
  /** Whether to go to the only provider without being asked. */
  readonly isAuto: boolean;
  /** Whether the session cookie stays behind on the way from another site. */
  readonly isStrict: boolean;
}

export const rulesOf = ({ credentials, directories, login, providers, session }: Config): Rules => ({
  rememberMs: session.rememberMs,
  // Where providers vouch for people and there is no directory, nobody has a password to type.
  showsForm:
    providers.length === 0 || directories.length > 0 || credentials.modes.some((mode) => mode !== 'auth-user-pass'),
  isAuto: login.isAuto,
  isStrict: session.cookie.sameSite === 'strict',
});
