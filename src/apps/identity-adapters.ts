import type { Clock } from '../lib/clock.ts';
import type { Log } from '../telemetry/log.ts';
import { openEncryptedCookie } from './encrypted-cookie.ts';
import type { AdapterOptions, IdentityAdapter, Tell, ToldApp } from './identity-adapter.ts';
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
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): IdentityAdapters {
  using opening = new DisposableStack();
  const cookies = new Map<string, readonly CookieAdapter[]>();
  for (const app of apps) {
    const opened: CookieAdapter[] = [];
    for (const each of openCookies({ app, clock, log })) {
      opening.defer(each.adapter.close);
      opened.push(each);
    }
    if (opened.length > 0) cookies.set(app.name, opened);
  }
  const all = opening.move();
  return {
    tell(app, identity) {
      const own = cookies.get(app.name);
      // Who is nobody is told of by nothing.
      if (!own || identity.sub === '') return null;
      const making = own.map(async ({ name, adapter }) => `${name}=${await adapter.token(identity)}`);
      return Promise.all(making).then((made) => ({ cookies: made }));
    },
    close: () => all.dispose(),
  };
}

function* openCookies(options: AdapterOptions): Generator<CookieAdapter> {
  const { identity, signedCookie, encryptedCookie } = options.app;
  if (identity.includes('signed-cookie') && signedCookie)
    yield { name: signedCookie.name, adapter: openSignedCookie(signedCookie, options) };
  if (identity.includes('encrypted-cookie') && encryptedCookie)
    yield { name: encryptedCookie.name, adapter: openEncryptedCookie(encryptedCookie, options) };
}
