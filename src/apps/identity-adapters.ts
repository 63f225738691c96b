import type { Identity } from '../identity/identity.ts';
import type { Clock } from '../lib/clock.ts';
import type { Session } from '../session/session.ts';
import type { Log } from '../telemetry/log.ts';
import { type Asserts, openAssertion } from './assertion.ts';
import { bearerOf } from './bearer-token.ts';
import { openEncryptedCookie } from './encrypted-cookie.ts';
import type {
  AdapterOptions,
  CookieAdapter,
  IdentityAdapter,
  IsAlike,
  ProviderTokens,
  Tell,
  Told,
  ToldApp,
} from './identity-adapter.ts';
import { openPanelCookies } from './panel-cookies.ts';
import { openSignedCookie } from './signed-cookie.ts';

/** Everything that apps are told beside headers. */
export interface IdentityAdapters {
  readonly tell: Tell;
  readonly isAlike: IsAlike;
  close(): void;
}

interface Own {
  readonly cookies: readonly CookieAdapter[];
  readonly assertion: IdentityAdapter | null;
  /** Whether that is the `Authorization` header. */
  readonly isBearer: boolean;
  /** Whether it gets the access token of its user's provider. */
  readonly tellsToken: boolean;
}

export interface AdaptersOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly asserts: Asserts;
  /** What a provider gave with a session. */
  readonly tokensOf?: (session: Session) => Promise<ProviderTokens | null>;
}

/**
 * Opens the identity adapters of apps. A new one that is a cookie is a new line in {@link openCookies}.
 * @throws ConfigInvalid where a secret cannot be used
 */
export function openIdentityAdapters(
  apps: readonly ToldApp[],
  { clock, log, asserts, tokensOf = async () => null }: AdaptersOptions,
): IdentityAdapters {
  using opening = new DisposableStack();
  const told = new Map<string, Own>();
  for (const app of apps) {
    const opened: CookieAdapter[] = [];
    for (const each of openCookies({ app, clock, log })) {
      opening.defer(each.close);
      opened.push(each);
    }
    const assertion = app.identity.includes('assertion') ? openAssertion(asserts, { app, clock, log }) : null;
    const tellsToken = app.identity.includes('bearer');
    if (opened.length > 0 || assertion || tellsToken) {
      const { isBearer } = app.assertion;
      told.set(app.name, { cookies: opened, assertion, isBearer, tellsToken });
    }
  }
  const all = opening.move();
  return {
    tell(app, identity, session) {
      const own = told.get(app.name);
      if (own && identity.isGuest) return guestBy(own);
      // Who is nobody is told of by nothing.
      if (!own || identity.sub === '') return null;
      return tellBy(own, identity, async () => (session ? tokensOf(session) : null));
    },
    async isAlike(app, name, before, now) {
      const own = told.get(app.name);
      if (name === null) return own?.assertion?.isAlike(before, now) ?? false;
      for (const each of own?.cookies ?? []) if (await each.isAlike(name, before, now)) return true;
      return false;
    },
    close: () => all.dispose(),
  };
}

/** `null`: no adapter has a word for guests. */
function guestBy({ cookies }: Own): Promise<Told> | null {
  const said = cookies.flatMap(({ guestCookies = [] }) => guestCookies);
  return said.length > 0 ? Promise.resolve({ cookies: said, assertion: '', authorization: '' }) : null;
}

async function tellBy(
  { cookies, assertion, isBearer, tellsToken }: Own,
  identity: Identity,
  tokensOf: () => Promise<ProviderTokens | null>,
): Promise<Told> {
  const tokens = tellsToken || cookies.some(({ wantsTokens }) => wantsTokens) ? await tokensOf() : null;
  const made = { cookies: (await Promise.all(cookies.map((each) => each.cookies(identity, tokens)))).flat() };
  const asserted = (await assertion?.token(identity)) ?? '';
  if (isBearer && asserted !== '') return { ...made, assertion: '', authorization: `Bearer ${asserted}` };
  return { ...made, assertion: asserted, authorization: tellsToken ? bearerOf(tokens) : '' };
}

function* openCookies(options: AdapterOptions): Generator<CookieAdapter> {
  const { identity, signedCookie, encryptedCookie, panelCookies } = options.app;
  if (identity.includes('signed-cookie') && signedCookie)
    yield oneCookie(signedCookie.name, openSignedCookie(signedCookie, options));
  if (identity.includes('encrypted-cookie') && encryptedCookie)
    yield oneCookie(encryptedCookie.name, openEncryptedCookie(encryptedCookie, options));
  if (identity.includes('panel') && panelCookies) yield openPanelCookies(panelCookies, options);
}

const oneCookie = (name: string, adapter: IdentityAdapter): CookieAdapter => ({
  cookies: async (identity) => [`${name}=${await adapter.token(identity)}`],
  isAlike: async (asked, before, now) => asked === name && adapter.isAlike(before, now),
  close: adapter.close,
});
