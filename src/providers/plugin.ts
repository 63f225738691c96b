import type { Claims } from './claims.ts';
import type { Flavour } from './flavour.ts';
import type { Provider, Vouched } from './provider.ts';

export type { Claims } from './claims.ts';
export type { Flavour } from './flavour.ts';
export type * from './provider.ts';

/**
 * What a plug-in exports as its default: a type of provider, as those that come with dashgate are one.
 * @typeParam Options - what it makes of its own keys: plain values, which are frozen
 */
export interface ProviderPlugin<Options = unknown> {
  /** Of this interface. Another one is refused at the start, rather than misunderstood at a sign-in. */
  readonly interfaceVersion: 1;
  /**
   * Checks what stands below `options` in the entry. Without this there can be nothing.
   * @param refuse - for each key that is wrong: why, and where below `options`; told to the operator with its line
   */
  read?(given: Readonly<Record<string, unknown>>, refuse: Refuse): Options | Promise<Options>;
  /** Makes the provider. Nobody is there yet: it is asked when it is needed first. Once for each version of the configuration. */
  open(entry: PluginEntry<Options>, parts: PluginParts): Provider | Promise<Provider>;
}

/** `refuse('is no URL; write it as https://…', 'server', 'url')`: what is wrong; what to do. Never the value, which may be a secret. */
export type Refuse = (why: string, ...path: readonly (string | number)[]) => void;

/** The entry in the configuration, with all defaults. */
export interface PluginEntry<Options = unknown> {
  /** What each `sub` begins with, before a colon. */
  readonly id: string;
  readonly name: string;
  readonly issuer: string;
  readonly clientId: string;
  readonly scope: string;
  readonly authorizeParams: Readonly<Record<string, string>>;
  /** How long the provider may take for an answer. Four times as long ends each method of the plug-in. */
  readonly timeoutMs: number;
  readonly options: Options;
}

/** What a plug-in is handed: it need not import anything of dashgate but types. */
export interface PluginParts {
  /** The flow of the built-in types, with all its checks: most plug-ins need nothing else than to say what is peculiar to theirs. */
  codeFlow(flavour: Flavour): Provider;
  /** Somebody by their claims, by what the entry says of names, groups and resources; `null`: their `sub` can be none. */
  vouch(claims: Claims): Vouched | null;
  /** The client secret as it is now; `null` for a public client. */
  secret(): string | null;
  /** In milliseconds since the epoch. */
  nowMs(): number;
  /** Into the log of the operator. */
  warn(line: string): void;
  /** `fetch` that ends in time, takes no more than half a megabyte, trusts `ca_file`, and follows no redirect. */
  readonly fetch: (url: string, options?: RequestInit) => Promise<Response>;
}
