import * as z from 'zod';
import { grant, listOf } from './values.ts';

const byName = z.record(z.string().min(1).max(255), listOf(grant)).prefault({});

export const grants = z
  .strictObject({
    groups: byName.meta({
      title: 'map of lists',
      description: 'What the members of a group may open.',
      examples: [{ finance: ['hr'] }],
    }),
    users: byName.meta({
      title: 'map of lists',
      description:
        'What a user may open, by user name. A grant is `marketing` (that resource in every app), `sales/marketing` (only in the app `sales`), `_all_` (everything) or `sales/_all_`.',
      examples: [{ mica: ['_all_'], mike: ['marketing'] }],
    }),
  })
  .prefault({})
  .meta({ description: 'Who may open what, beside what the directories themselves say.' });

/** Without a prototype, so that a user called `constructor` finds nothing. */
const bare = <T>(map: Record<string, T>): Record<string, T> => Object.assign(Object.create(null), map);

export const settleGrants = (read: z.output<typeof grants>) => ({ groups: bare(read.groups), users: bare(read.users) });
