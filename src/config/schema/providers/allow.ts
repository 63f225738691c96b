import * as z from 'zod';
import { listOf, Refused, text } from '../values.ts';

const DOMAIN = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9][a-z0-9-]{0,61}[a-z0-9]$/;

export const domain = text('domain', (given) => {
  const lower = given.toLowerCase();
  return DOMAIN.test(lower) ? lower : new Refused('is not a domain; write what stands behind the @, as example.com');
});

const email = text('e-mail address', (given) => {
  const lower = given.toLowerCase();
  return /^[^\s@\p{Cc}]{1,64}@[^\s@\p{Cc}]{1,255}$/u.test(lower)
    ? lower
    : new Refused('is not an e-mail address; write it as mica@example.com');
});

export const group = z.string().min(1).max(255);

/** The lists that every type of provider has. */
export const lists = {
  email_domains: listOf(domain)
    .optional()
    .meta({
      description: 'Whose e-mail address ends in one of these, after the `@` and to the letter.',
      examples: [['example.com']],
    }),
  emails: listOf(email)
    .optional()
    .meta({ description: 'These e-mail addresses.', examples: [['mica@example.com']] }),
  groups: listOf(group)
    .optional()
    .meta({
      title: 'list',
      description: 'The members of one of these groups, by the names that they have here.',
      examples: [['staff']],
    }),
};

/** No list is empty, as nobody could enter by it. */
export function refuseEmptyLists({ value, issues }: z.core.ParsePayload<object>): void {
  for (const [key, list] of Object.entries(value)) {
    if (Array.isArray(list) && list.length === 0)
      issues.push({
        code: 'custom',
        message: 'is empty, so nobody could enter by it; remove it',
        path: [key],
        input: list,
      });
  }
}

export const ALLOW =
  'Who may enter: those to whom one of the lists applies. An e-mail address counts where the provider says that it is verified. Without it, everyone whom the provider knows.';

export const allow = z.strictObject(lists).check(refuseEmptyLists).optional().meta({ description: ALLOW });

type ReadAllow = z.output<typeof allow>;

/**
 * `null`: everyone.
 * @param fence - marks (providers/marks.ts) of which everybody has to have one; empty: there is no fence
 */
export const settleAllow = (read: ReadAllow, fence: readonly string[] = []) =>
  read ? { fence, emailDomains: read.email_domains ?? [], emails: read.emails ?? [], groups: read.groups ?? [] } : null;
