import type { Config, ProviderConfig } from '../config/schema/config.ts';
import type { Person } from '../directories/directory.ts';
import type { Clock } from '../lib/clock.ts';
import type { Session } from '../session/session.ts';
import { isAll } from './claims.ts';
import { openToken } from './kept-token.ts';
import { openProvider } from './kinds.ts';
import type { Provider, Tokens, Told } from './provider.ts';
import { createRenewals, type RefreshParts, type Renewals, toldAtBegin } from './renewals.ts';
import { today } from './rules.ts';

/** The providers of one version of the configuration. */
export interface Providers {
  /** In the order of the configuration. */
  readonly all: readonly Provider[];
  find(id: string): Provider | null;
  /** Whose people have such a `sub`. */
  findBySub(sub: string): Provider | null;
  /**
   * Who a session is about that a provider vouched for, by the rules of today, and by what it says today where it can be asked.
   * @returns `null` where that provider is gone, or lets or vouches for them no more; `undefined` where no provider vouched
   * @throws ProviderUnavailable or StoreUnavailable where it could not be found out for too long
   */
  personOf(session: Session): Promise<Person | null | undefined>;
  /** Whether `personOf` would say the same of the same session object now, without asking. */
  isStill(session: Session, person: Person): boolean;
  /** What `personOf` went by when it was asked last about this session object; `null`: it was not. */
  toldOf(session: Session): Told | null;
  /** Keeps what a provider gave with a session. @throws StoreUnavailable */
  keep(session: Session, tokens: Tokens): Promise<void>;
  /** A session goes on by another name: what was kept for it as well. @throws StoreUnavailable */
  move(session: Session, jti: string): Promise<void>;
  /**
   * What a provider gave with a session, as an upstream may be told it; asked for anew where the access token has run out.
   * @returns `null` where no provider vouched, or nothing is kept
   * @throws ProviderUnavailable or StoreUnavailable
   */
  tokensOf(session: Session): Promise<Tokens | null>;
  /** A session has ended: what its provider could be asked by is taken away, there too. Throws what keeps it from that. */
  forget(jti: string): Promise<void>;
}

export interface ProvidersOptions {
  readonly config: Pick<Config, 'providers' | 'grants' | 'impersonation'>;
  readonly clock: Clock;
  readonly warn: (line: string) => void;
  readonly refresh: RefreshParts;
  /** How providers are reached, in place of the network. */
  readonly fetch?: typeof globalThis.fetch | undefined;
}

interface One {
  readonly config: ProviderConfig;
  readonly provider: Provider;
  readonly renewals: Renewals;
}

/** @throws ConfigInvalid where a client secret cannot be read */
export async function openProviders({ config, clock, warn, refresh, fetch }: ProvidersOptions): Promise<Providers> {
  const known = new Map<string, One>();
  for (const one of config.providers) {
    const named = [...Object.keys(config.grants.groups), ...config.impersonation.groups];
    const knownGroups = new Set([...(one.allow?.groups ?? []), ...named]);
    const provider = await openProvider(one, { knownGroups, clock, warn, fetch });
    const renewals = createRenewals({ provider, config: one, clock, ...refresh });
    known.set(one.id, { config: one, provider, renewals });
  }
  const bySub = (sub: string): One | undefined => known.get(sub.slice(0, Math.max(0, sub.indexOf(':'))));
  const oneOf = (sub: string, issuer: string): One | null => {
    const one = bySub(sub);
    return one?.config.issuer === issuer ? one : null;
  };
  const ofSession = ({ sub, provider }: Session): One | null => oneOf(sub, provider?.issuer ?? '');
  // What was told of the same session in the same words is the same person object, by which others remember what they made of it.
  const persons = new WeakMap<Session, { readonly told: Told; readonly person: Person | null }>();

  return {
    all: [...known.values()].map(({ provider }) => provider),
    find: (id) => known.get(id)?.provider ?? null,
    findBySub: (sub) => bySub(sub)?.provider ?? null,
    async personOf(session) {
      const { provider, sub } = session;
      if (!provider) return undefined;
      const one = oneOf(sub, provider.issuer);
      if (!one) return null;
      const last = persons.get(session);
      const told = provider.isRechecked ? await one.renewals.told(session) : (last?.told ?? toldAtBegin(session));
      if (told === null) return null;
      if (last?.told === told) return last.person;
      const person = personBy(one, sub, told);
      persons.set(session, { told, person });
      return person;
    },
    isStill(session, person) {
      const { provider, sub } = session;
      const last = persons.get(session);
      const one = provider ? oneOf(sub, provider.issuer) : null;
      if (!one || last?.person !== person) return false;
      return !provider?.isRechecked || one.renewals.known(session.jti) === last.told;
    },
    toldOf: (session) => persons.get(session)?.told ?? null,
    async keep(session, tokens) {
      await ofSession(session)?.renewals.keep(session, tokens);
    },
    async move(session, jti) {
      await ofSession(session)?.renewals.move(session.jti, jti);
    },
    async tokensOf(session) {
      return (await ofSession(session)?.renewals.tokens(session)) ?? null;
    },
    async forget(jti) {
      if (known.size === 0) return;
      const text = await refresh.shelf.take(jti);
      const kept = text === null ? null : await openToken(text, jti, refresh.keys());
      if (kept) await oneOf(kept.sub, kept.issuer)?.provider.revoke(kept.tokens);
    },
  };
}

function personBy({ config, provider }: One, sub: string, told: Told): Person | null {
  const { name, email, user, allowedResources } = told;
  if (user === '' || !provider.admits(told)) return null;
  const { groups, resources } = today(config, told.groups);
  const claimed = config.resourcesClaim === null ? [] : allowedResources;
  return Object.freeze({
    ...{ sub, name, email, groups },
    user: (config.userClaim !== null && user) || sub,
    allowedResources: [...(config.allowsAll ? claimed : claimed.filter((grant) => !isAll(grant))), ...resources],
    isVouched: true as const,
  });
}
