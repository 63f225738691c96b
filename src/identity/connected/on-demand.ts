import type { ConnectedAppConfig } from '../../config/schema/config.ts';
import { meet, parseGrant } from '../../lib/grant.ts';
import type { Fields } from './parse-token.ts';
import { type Refusal, refuse } from './refusal.ts';

/** What a token gives its user for this time: what it says, whatever of that is taken. */
export interface OnDemand {
  readonly groups: readonly string[];
  /** Canonical. */
  readonly resources: readonly string[];
}

/** The claims: two of Tableau's, and one under the name that a session has for it. */
export const ODA = 'https://tableau.com/oda';
const GROUPS = 'https://tableau.com/groups';
const RESOURCES = 'allowed_resources';

const MOST = 100;
const NOTHING: OnDemand = { groups: [], resources: [] };

/** Read only where the token says that it gives something. Of the wrong type it gives nothing, and is refused for it. */
export function readOnDemand(claims: Fields): OnDemand | Refusal {
  const { [ODA]: oda = 'false', [GROUPS]: groups = [], [RESOURCES]: resources = [] } = claims;
  if (oda !== 'true' && oda !== 'false') return wrong(ODA, '"true" or "false", as a text');
  if (!isTexts(groups)) return wrong(GROUPS, 'a list of names');
  if (oda === 'false') return NOTHING;
  if (!isTexts(resources)) return wrong(RESOURCES, 'a list of names');
  return { groups, resources: resources.flatMap((text) => parseGrant(text) ?? []) };
}

/** What of it the connected app may give. A grant counts where all that it covers may be given, else not at all. */
export function allowedOf({ groups, resources }: OnDemand, allowed: ConnectedAppConfig['onDemand']): OnDemand {
  return {
    groups: groups.filter((group) => allowed.groups.includes(group)),
    resources: resources.filter((grant) => meet([grant], allowed.resources).includes(grant)),
  };
}

const wrong = (claim: string, wanted: string): Refusal => refuse('JWT_PARSE_ERROR', `${claim} is not ${wanted}`);

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) &&
  value.length <= MOST &&
  value.every((item) => typeof item === 'string' && item !== '' && item.length <= 255);
