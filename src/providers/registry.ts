import type { Config } from '../config/schema/config.ts';
import type { Person } from '../directories/directory.ts';
import type { Clock } from '../lib/clock.ts';
import type { Session } from '../session/session.ts';
import { isAll } from './claims.ts';
import { createOidcProvider } from './oidc.ts';
import type { Provider } from './provider.ts';

/** The providers of one version of the configuration. */
export interface Providers {
  /** In the order of the configuration. */
  readonly all: readonly Provider[];
  find(id: string): Provider | null;
  /**
   * Who a session is about that a provider vouched for, by what they were let in with and the rules of today.
   * @returns `null` where that provider is gone or lets them in no more, `undefined` where no provider vouched
   */
  personOf(session: Session): Person | null | undefined;
}

export interface ProvidersOptions {
  readonly config: Pick<Config, 'providers' | 'grants'>;
  readonly clock: Clock;
  readonly warn: (line: string) => void;
}

/** @throws ConfigInvalid where a client secret cannot be read */
export function openProviders({ config, clock, warn }: ProvidersOptions): Providers {
  const known = new Map(
    config.providers.map((one) => {
      const knownGroups = new Set([...(one.allow?.groups ?? []), ...Object.keys(config.grants.groups)]);
      return [one.id, { config: one, provider: createOidcProvider({ config: one, knownGroups, clock, warn }) }];
    }),
  );
  // The same session is the same person object, by which others remember what they made of it.
  const persons = new WeakMap<Session, Person | null>();

  const person = (session: Session, issuer: string): Person | null => {
    const one = known.get(session.sub.slice(0, Math.max(0, session.sub.indexOf(':'))));
    if (!one || one.config.issuer !== issuer || !one.provider.admits(session)) return null;
    const { config } = one;
    const resources = config.resourcesClaim === null ? [] : session.allowedResources;
    return Object.freeze({
      ...{ sub: session.sub, name: session.name, email: session.email },
      user: (config.userClaim !== null && session.provider?.user) || session.sub,
      groups: config.groupsClaim === null ? [] : session.groups,
      allowedResources: config.allowsAll ? resources : resources.filter((grant) => !isAll(grant)),
      isVouched: true as const,
    });
  };

  return {
    all: [...known.values()].map(({ provider }) => provider),
    find: (id) => known.get(id)?.provider ?? null,
    personOf(session) {
      if (!session.provider) return undefined;
      let found = persons.get(session);
      if (found === undefined) {
        found = person(session, session.provider.issuer);
        persons.set(session, found);
      }
      return found;
    },
  };
}
