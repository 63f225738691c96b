import type { AppConfig } from '../config/schema/config.ts';
import { ConfigInvalid } from '../errors.ts';
import type { Identity } from '../identity/identity.ts';
import { isLabel } from '../identity/modes/label.ts';
import { nowSec } from '../lib/clock.ts';
import { openFernet, readFernetKey, sealFernet } from '../lib/fernet.ts';
import { readSecretLine } from '../lib/secret-line.ts';
import { readTornado, signTornado } from '../lib/tornado-value.ts';
import type { Log } from '../telemetry/log.ts';
import type { AdapterOptions, CookieAdapter, ProviderTokens } from './identity-adapter.ts';
import { isReadable, userInfoOf } from './panel-user-info.ts';
import { saySame } from './same-claims.ts';
import { watchSecret } from './watched-secret.ts';

export type PanelCookiesConfig = NonNullable<AppConfig['panelCookies']>;

/** As long as the hash. Pages of Bokeh show their own cookies to scripts, so a short one can be guessed at leisure. */
const LEAST_BYTES = 32;
/**
 * Of all cookies together, as they are sent. Pages of Bokeh send them back in one header as they open their websocket, of which nginx
 * takes 16 kB.
 */
const MOST_COOKIES = 11_000;

/** What an app is signed for with. */
interface Keys {
  readonly secret: string;
  /** `null`: nothing is encrypted. */
  readonly fernet: Uint8Array | null;
}

/**
 * The cookies of Panel's own login, for an app that was given the same `--cookie-secret`: `user`, `id_token` and `access_token` as
 * Tornado signs them (version 2). With the encryption key the tokens are Fernet's too; the user never is.
 * @throws ConfigInvalid where the secret or the key cannot be used
 */
export function openPanelCookies(config: PanelCookiesConfig, { app, clock, log }: AdapterOptions): CookieAdapter {
  using opening = new DisposableStack();
  let keys = readKeys(config, app.name, log);
  for (const each of [config.secret, config.encryptionKey]) {
    if (each?.kind !== 'file') continue;
    const reload = (): void => {
      keys = readKeys(config, app.name, log);
    };
    opening.defer(watchSecret(each.file, { what: 'secret of panel_cookies', app: app.name, log }, reload));
  }
  const opened = opening.move();
  return {
    cookies: async (identity, tokens) => cookiesOf(identity, tokens, keys, nowSec(clock)),
    isAlike: async (name, before, now) => isAlike(name, before, now, keys),
    wantsTokens: true,
    // Unsigned: it makes a guest of whoever has it.
    guestCookies: ['is_guest=1'],
    close: () => opened.dispose(),
  };
}

function cookiesOf(identity: Identity, tokens: ProviderTokens | null, { secret, fernet }: Keys, now: number): string[] {
  // Who only typed a name is no user of anything.
  if (isLabel(identity)) return [];
  const signed = (name: string, value: string): string => `${name}=${signTornado(secret, name, value, now)}`;
  const sealed = (name: string, value: string): string => signed(name, fernet ? sealFernet(fernet, value, now) : value);
  const { accessToken, idToken } = tokens ?? {};
  const made = [signed('user', identity.user)];
  const own = sealed('id_token', userInfoOf(identity));
  const theirs = idToken && sealed('id_token', idToken);
  // Who somebody is comes before what they were given.
  made.push(theirs && theirs.length < MOST_COOKIES / 2 ? theirs : own);
  const token = accessToken && isReadable(accessToken, now) ? sealed('access_token', accessToken) : '';
  const room = MOST_COOKIES - made.join('; ').length;
  return token !== '' && token.length < room ? [...made, token] : made;
}

/** The tokens of a provider are others after each renewal: an ID token is known by what it says, an access token to the letter. */
function isAlike(name: string, before: string, now: string, { secret, fernet }: Keys): boolean {
  const open = (signed: string): string | null => {
    const value = readTornado(secret, name, signed);
    return value !== null && fernet && name !== 'user' ? openFernet(fernet, value) : value;
  };
  const [was, is] = [open(before), open(now)];
  if (was === null || is === null) return false;
  return was === is || (name === 'id_token' && saySameInTokens(was, is));
}

function saySameInTokens(before: string, now: string): boolean {
  const [was, is] = [before, now].map(claimsIn);
  return !!was && !!is && saySame(was, is);
}

/** The claims of a JWT, whose signature is another's to check; `null`: it is none. */
function claimsIn(token: string): object | null {
  const parts = token.split('.');
  try {
    const claims: unknown = JSON.parse(Buffer.from(parts[1] ?? '', 'base64url').toString('utf8'));
    return parts.length === 3 && typeof claims === 'object' ? claims : null;
  } catch {
    return null;
  }
}

function readKeys({ secret, encryptionKey }: PanelCookiesConfig, app: string, log: Log): Keys {
  const text = secretText(secret, log);
  const bytes = Buffer.byteLength(text);
  if (bytes < LEAST_BYTES)
    log.warn(
      `${app}: the secret of panel_cookies has ${bytes} bytes, and can be guessed by whoever sees one cookie; give both sides a longer one, as "dashgate secret" prints it`,
    );
  if (!encryptionKey) return { secret: text, fernet: null };
  const fernet = readFernetKey(secretText(encryptionKey, log));
  if (fernet) return { secret: text, fernet };
  const place = encryptionKey.kind === 'file' ? encryptionKey.file : `${app}: panel_cookies.encryption_key`;
  throw new ConfigInvalid(`${place}: is not a Fernet key; make one by "dashgate oauth-secret"`);
}

/** One line of a file, or what the configuration itself says. Throws ConfigInvalid; no message repeats it. */
function secretText(from: PanelCookiesConfig['secret'], log: Log): string {
  if (from.kind === 'text') return from.text;
  const { text, warning } = readSecretLine(from.file, { what: 'secret file', held: 'secret' });
  if (warning) log.warn(warning);
  return text;
}
