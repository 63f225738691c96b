import type { ProviderConfig } from '../../config/schema/config.ts';
import { ConfigInvalid } from '../../errors.ts';
import { createBoundedFetch } from '../../lib/bounded-fetch.ts';
import { readClaims } from '../claims.ts';
import { openClientSecret } from '../client-secret.ts';
import { createCodeFlow } from '../code-flow.ts';
import type { ProviderParts } from '../kind.ts';
import { contain } from '../plugin/contain.ts';
import { loadPlugin } from '../plugin/load.ts';
import { readOptions } from '../plugin/read-options.ts';
import { within } from '../plugin/within.ts';
import type { PluginParts } from '../plugin.ts';
import type { Provider } from '../provider.ts';

type PluginConfig = Extract<ProviderConfig, { readonly type: 'plugin' }>;

const OPENED_WITHIN_MS = 10_000;
const MOST_BYTES = 512 * 1024;

/** A type that somebody else wrote: a file, or a package. */
export async function open(config: PluginConfig, parts: ProviderParts): Promise<Provider> {
  const { id, module: shown, folder, state, timeoutMs } = config;
  const { clock, knownGroups, warn } = parts;
  const loaded = await loadPlugin({ name: shown, folder, state });
  if ('why' in loaded) throw refusal(config, [{ path: ['type'], why: loaded.why }], loaded.cause);
  const { plugin } = loaded;
  const { options, problems } = await readOptions(plugin, config.options, shown);
  if (problems.length > 0)
    throw refusal(
      config,
      problems.map(({ path, why }) => ({ path: ['options', ...path], why })),
    );
  const secret = openClientSecret(config, warn);
  const bounded = createBoundedFetch({ timeoutMs, mostBytes: MOST_BYTES, fetch: parts.fetch });
  const given: PluginParts = {
    codeFlow: (flavour) => createCodeFlow({ ...parts, config, flavour }),
    vouch: (claims) => readClaims(claims, { config, knownGroups }),
    secret: () => secret?.() ?? null,
    nowMs: clock.nowMs,
    warn: (line) => warn(`${id}: ${line}`),
    fetch: (url, asked = {}) => bounded(url, { ...asked, method: asked.method ?? 'GET', headers: asked.headers ?? {} }),
  };
  const { name, issuer, clientId, scope, authorizeParams } = config;
  try {
    const entry = Object.freeze({ id, name, issuer, clientId, scope, authorizeParams, timeoutMs, options });
    const provider = await within(OPENED_WITHIN_MS, () => plugin.open(entry, given));
    const missing = METHODS.filter((method) => typeof provider?.[method] !== 'function');
    if (missing.length === 0) return contain(provider, { config, shown, warn });
    throw new TypeError(`what it opened lacks ${missing.join(', ')}`);
  } catch (error) {
    if (error instanceof ConfigInvalid) throw error;
    throw refusal(config, [{ path: ['type'], why: `${shown}: cannot be opened; correct what it says` }], error);
  }
}

const METHODS = [
  ...(['probe', 'isDown', 'begin', 'finish', 'renew', 'revoke', 'admits', 'readLogoutToken', 'signOutAt'] as const),
];

type Problems = NonNullable<ConfigInvalid['problems']>;

function refusal({ id }: PluginConfig, problems: Problems, cause?: unknown): ConfigInvalid {
  const lines = problems.map(({ path, why }) => `providers: ${id}: ${path.join('.')}: ${why}`);
  const placed = problems.map(({ path, why }) => ({ path: ['providers', id, ...path], why }));
  return new ConfigInvalid(lines.join('\n'), { cause, problems: placed });
}
