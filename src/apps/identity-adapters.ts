import type { Identity } from '../identity/identity.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../telemetry/log.ts';
import { type Asserts, openAssertion } from './assertion.ts';
import { openEncryptedCookie } from './encrypted-cookie.ts';
import type { AdapterOptions, IdentityAdapter, Tell, Told, ToldApp } from './identity-adapter.ts';
import { openSignedCookie } from './signed-cookie.ts';

/** Everything that apps are told beside headers. */
export interface IdentityAdapters {
  readonly tell: Tell;
  close(): void;
}

/** A cookie that an adapter of one app makes. */
interface CookieAdapter {
  readonly name: string;
  readonly adapter: IdentityAdapter;
}

/**
 * Opens the identity adapters of apps. A new one that is a cookie is a new line in {@link openCookies}.
 * @throws ConfigInvalid where a secret cannot be used
 */
export function openIdentityAdapters(
  apps: readonly ToldApp[],
  { clock, log, asserts }: { readonly clock: Clock; readonly log: Log; readonly asserts: Asserts },
): IdentityAdapters {
  using opening = new DisposableStack();
  const told = new Map<
    string,
    { readonly cookies: readonly CookieAdapter[]; readonly assertion: IdentityAdapter | null }
  >();
  for (const app of apps) {
    const opened: CookieAdapter[] = [];
    for (const each of openCookies({ app, clock, log })) {
      opening.defer(each.adapter.close);
      opened.push(each);
    }
    const assertion = app.identity.includes('assertion') ? openAssertion(asserts, { app, clock, log }) : null;
    if (opened.length > 0 || assertion) told.set(app.name, { cookies: opened, assertion });
  }
  const all = opening.move();
  return {
    tell(app, identity) {
      const own = told.get(app.name);
      // Who is nobody is told of by nothing.
      if (!own || identity.sub === '') return null;
      return tellBy(own, identity);
    },
    close: () => all.dispose(),
  };
}

async function tellBy(
  { cookies, assertion }: { readonly cookies: readonly CookieAdapter[]; readonly assertion: IdentityAdapter | null },
  identity: Identity,
): Promise<Told> {
  const making = cookies.map(async ({ name, adapter }) => `${name}=${await adapter.token(identity)}`);
  return { cookies: await Promise.all(making), assertion: (await assertion?.token(identity)) ?? '' };
}

function* openCookies(options: AdapterOptions): Generator<CookieAdapter> {
  const { identity, signedCookie, encryptedCookie } = options.app;
  if (identity.includes('signed-cookie') && signedCookie)
    yield { name: signedCookie.name, adapter: openSignedCookie(signedCookie, options) };
  if (identity.includes('encrypted-cookie') && encryptedCookie)
    yield { name: encryptedCookie.name, adapter: openEncryptedCookie(encryptedCookie, options) };
}
