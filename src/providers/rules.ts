import { createHash } from 'node:crypto';
import type { ProviderConfig } from '../config/schema/config.ts';
import { isMark, markOf } from '../lib/provider-mark.ts';

type Rule = ProviderConfig['rules'][number];

/**
 * By what a rule asks, not by what it gives: what a session remembers is that somebody met it, and today's configuration says what
 * comes of that. A rule that asks something else now is met by nobody until they are asked about again.
 */
export const ruleMark = ({ claim, is }: Pick<Rule, 'claim' | 'is'>): string =>
  markOf(
    'rule',
    createHash('sha256')
      .update(JSON.stringify([claim, is]))
      .digest('hex')
      .slice(0, 16),
  );

export const isMet = ({ is }: Pick<Rule, 'is'>, values: readonly string[]): boolean =>
  values.some((value) => is.includes(value));

/** What the groups and marks of a session come to by today's rules. */
export function today(
  { groupsClaim, rules }: Pick<ProviderConfig, 'groupsClaim' | 'rules'>,
  sealed: readonly string[],
): { readonly groups: readonly string[]; readonly resources: readonly string[] } {
  const met = rules.filter((rule) => sealed.includes(ruleMark(rule)));
  const claimed = groupsClaim === null ? [] : sealed.filter((group) => !isMark(group));
  return {
    groups: [...new Set([...claimed, ...met.flatMap(({ groups }) => groups)])],
    resources: met.flatMap(({ resources }) => resources),
  };
}
