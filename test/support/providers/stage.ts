import { freePort } from '../free-port.ts';
import { type Gate, type GateOptions, startGate } from '../gate.ts';
import { createWalker, type Step, type Walker } from '../walker.ts';
import { type Cloud, type Site, startCloud } from './cloud.ts';

export const CLIENT = 'dashgate-at-them';
export const SECRET = 'what-they-gave-us-4Kq9';

export interface NamedStage extends AsyncDisposable {
  readonly gate: Gate;
  readonly cloud: Cloud;
  /** A browser that reaches dashgate and the cloud. */
  browser(): Walker;
  /** Signs in by the provider. @returns what the browser has in the end */
  signIn(walker: Walker, path?: string): Promise<Step>;
  /** What `/_dashgate/session` says of who the browser is. */
  who(walker: Walker): Promise<Record<string, unknown>>;
  /** The address of the first question of the provider's authorize page. */
  begun(): URL;
}

export interface NamedStageOptions extends Omit<GateOptions, 'publicUrl' | 'fetch'> {
  readonly sites: Readonly<Record<string, Site>>;
  /** Its keys in dashgate's configuration, beside `id` and those of the client. */
  readonly provider: Readonly<Record<string, unknown>>;
}

/** A dashgate with one provider, `them`, whose servers are stand-ins under their real names. */
export async function startNamedStage({ sites, provider, ...options }: NamedStageOptions): Promise<NamedStage> {
  await using closing = new AsyncDisposableStack();
  const cloud = closing.use(await startCloud(sites));
  const port = await freePort();
  const own = { id: 'them', client_id: CLIENT, ...(provider.type !== 'auth_code' && { client_secret: SECRET }) };
  const gate = closing.use(
    await startGate({
      ...{ directories: [], publicUrl: `http://127.0.0.1:${port}`, ...options },
      fetch: cloud.fetch,
      server: { listen: `127.0.0.1:${port}`, ...options.server },
      providers: [{ ...own, ...provider }],
    }),
  );
  const all = closing.move();
  return {
    ...{ gate, cloud },
    browser: () => createWalker(cloud.portOf),
    signIn(walker, path = '/report') {
      const query = new URLSearchParams({ return_to: `${gate.origin}${path}` });
      return walker.follow(`${gate.origin}/_dashgate/oauth/them/start?${query}`);
    },
    async who(walker) {
      const { body } = await walker.go(`${gate.origin}/_dashgate/session`);
      return JSON.parse(body);
    },
    begun() {
      const asked = cloud.asked.find(({ query }) => query.has('redirect_uri'));
      return new URL(`https://${asked?.host}${asked?.path}?${asked?.query}`);
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}
