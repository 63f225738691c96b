import { fillFilter, parseFilter } from '../../lib/ldap-filter.ts';
import { groupNameOf, textsOf } from './entry.ts';
import type { Entry } from './message.ts';

export interface GroupRules {
  readonly groupBaseDn: string | null;
  readonly groupFilter: string;
  readonly groupNameAttribute: string;
  readonly nestedGroups: number;
  readonly userAttribute: string;
}

export interface GroupSearch {
  readonly base: string;
  readonly filter: ReturnType<typeof parseFilter>;
  readonly attributes: readonly string[];
  readonly mostEntries: number;
}

/** Of a person, nested ones included. */
const MOST_GROUPS = 1000;
/** How many groups one search asks about. */
const AT_ONCE = 40;

/**
 * The groups of a person, and the groups that these are in, level by level. Each group is asked about once, so that a circle
 * of groups comes to an end.
 * @returns names, sorted; at most 1000 groups are looked at: what is beyond grants nothing
 */
export async function findGroups(
  person: Entry,
  rules: GroupRules,
  search: (search: GroupSearch) => Promise<readonly Entry[]>,
): Promise<readonly string[]> {
  const { groupBaseDn: base, groupFilter, groupNameAttribute, nestedGroups } = rules;
  if (base === null) return [];
  const seen = new Set<string>();
  const names = new Set<string>();
  const user = textsOf(person, rules.userAttribute)[0] ?? '';
  let filters = [fillFilter(groupFilter, { dn: person.dn, user })];
  for (let level = 0; level <= nestedGroups && filters.length > 0; level++) {
    const found: string[] = [];
    for (let at = 0; at < filters.length; at += AT_ONCE) {
      const some = filters.slice(at, at + AT_ONCE);
      const filter = parseFilter(some.length === 1 ? (some[0] ?? '') : `(|${some.join('')})`);
      const mostEntries = MOST_GROUPS - seen.size;
      if (mostEntries <= 0) break;
      for (const group of await search({ base, filter, attributes: [groupNameAttribute], mostEntries })) {
        const key = group.dn.toLowerCase();
        if (seen.has(key)) continue;
        seen.add(key);
        found.push(group.dn);
        const name = groupNameOf(group, groupNameAttribute);
        if (name !== null) names.add(name);
      }
    }
    // A user name says nothing of the groups of a group.
    filters = groupFilter.includes('{dn}') ? found.map((dn) => fillFilter(groupFilter, { dn, user: '' })) : [];
  }
  return [...names].sort();
}
