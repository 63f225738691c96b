import * as z from 'zod';
import { oidc, settleOidc } from './providers/oidc.ts';
import { listOf } from './values.ts';

/** One type a file: its keys, and what is made of them. */
const entry = z.discriminatedUnion('type', [oidc]);

export const providers = listOf(entry)
  .superRefine((list, context) => {
    const seen = new Map<string, number>();
    for (const [i, { id }] of list.entries()) {
      const before = seen.get(id);
      seen.set(id, i);
      if (before === undefined) continue;
      context.addIssue({
        code: 'custom',
        path: [i, 'id'],
        message: `is the id of providers[${before}] too; choose another`,
      });
    }
  })
  .prefault([])
  .meta({ title: 'list', description: 'Who else may vouch for people: a button each on the login page.' });

export const settleProviders = (read: z.output<typeof providers>) => read.map(settleProvider);

function settleProvider(one: z.output<typeof entry>) {
  switch (one.type) {
    case 'oidc':
      return settleOidc(one);
  }
}
