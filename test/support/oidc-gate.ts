import { DEFAULT_PREFIX } from '../../src/lib/own-paths.ts';
import { freePort } from './free-port.ts';
import type { Gate, GateOptions } from './gate.ts';
import { type OidcProviderOptions, type OidcServer, SECRET, startOidcProvider } from './start-oidc-provider.ts';
import type { Step, Walker } from './walker.ts';
import { startGateBy, type Way } from './ways.ts';

/** Whom the provider of the tests knows. mica's address is verified, mike's is not. */
export const ACCOUNTS = {
  mica: {
    ...{ name: 'Mica Öz', email: 'mica@example.com', email_verified: true, preferred_username: 'mica' },
    groups: ['finance', 'staff'],
  },
  mike: {
    ...{ name: 'Mike', email: 'mike@example.com', email_verified: false, preferred_username: 'mike' },
    groups: ['guests'],
  },
} as const;

export interface OidcStage extends AsyncDisposable {
  readonly gate: Gate;
  readonly oidc: OidcServer;
  /** Signs in by the provider, from a page on. @returns what the browser has in the end */
  signIn(walker: Walker, name: string, path?: string): Promise<Step>;
  /** What `/PREFIX/session` says of who the browser is. */
  who(walker: Walker): Promise<Record<string, unknown>>;
}

export interface OidcStageOptions extends Omit<GateOptions, 'publicUrl'> {
  /** Keys of the provider in dashgate's configuration, beside those that it needs. */
  readonly provider?: Readonly<Record<string, unknown>>;
  readonly oidc?: Partial<OidcProviderOptions> | ((origin: string) => Partial<OidcProviderOptions>);
  readonly way?: Way;
}

/** A dashgate whose people sign in at a real OpenID provider. */
export async function startOidcGate({
  provider,
  oidc,
  way = 'proxy',
  ...options
}: OidcStageOptions = {}): Promise<OidcStage> {
  await using closing = new AsyncDisposableStack();
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const prefix = options.server?.prefix === undefined ? DEFAULT_PREFIX : String(options.server.prefix);
  const server = closing.use(
    await startOidcProvider({
      origin,
      prefix,
      accounts: ACCOUNTS,
      ...(typeof oidc === 'function' ? oidc(origin) : oidc),
    }),
  );
  const ids = { id: 'corp', type: 'oidc', name: 'Acme', client_id: 'dashgate', client_secret: SECRET };
  const gate = closing.use(
    await startGateBy(way, port, {
      directories: [],
      ...options,
      ...(options.apps && { apps: JSON.parse(JSON.stringify(options.apps).replaceAll('$PORT', `${port}`)) }),
      providers: [{ ...ids, issuer: server.issuer, ...provider }, ...(options.providers ?? [])],
    }),
  );
  const all = closing.move();
  return {
    gate,
    oidc: server,
    async signIn(walker, name, path = '/report') {
      const query = new URLSearchParams({ return_to: `${origin}${path}` });
      const asked = await walker.follow(`${origin}${gate.config.server.prefix}/oauth/corp/start?${query}`);
      // Who is signed in there already is not asked.
      return asked.url.origin === server.issuer ? walker.follow(asked.url, { form: { name } }) : asked;
    },
    async who(walker) {
      const { body } = await walker.go(`${origin}${gate.config.server.prefix}/session`);
      return JSON.parse(body);
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}
