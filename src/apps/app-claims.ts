import type { Identity } from '../identity/identity.ts';

/** The claims of an app's cookie, in the order of the 2019 format. */
export interface AppClaims {
  readonly user: string;
  /** Seconds since the epoch. */
  readonly exp: number;
  readonly allowed_resources: readonly string[];
}

/**
 * What an app reads of its user: exactly these claims. An `aud` or `nbf` more, and a reader of 2019 fails.
 * @param app - what is granted in other apps is not said; `sales/hr` is `hr` in sales
 */
export function claimsOf({ user, allowedResources }: Identity, app: string, exp: number): AppClaims {
  const own = `${app}/`;
  const here = allowedResources
    .filter((grant) => !grant.includes('/') || grant.startsWith(own))
    .map((grant) => grant.slice(grant.indexOf('/') + 1));
  return { user, exp, allowed_resources: [...new Set(here)] };
}
