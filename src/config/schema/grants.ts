import * as z from 'zod';
import { isLabelMode, type LabelMode, modesOf } from './credentials.ts';
import { grant, listOf } from './values.ts';

const byName = z.record(z.string().min(1).max(255), listOf(grant)).prefault({});

const OWN_GRANTS = 'is a mode of users, who have grants of their own; write those under grants.users or grants.groups';
const NO_MODE = 'is no mode that has grants; write auth-none, auth-user or auth-pass';
const TWICE = 'is there twice, by another name; join them into one';

/** By the mode's own name, whatever it was written by. */
const byMode = z
  .record(z.string(), listOf(grant))
  .transform((written, context) => {
    const found: Partial<Record<LabelMode, readonly string[]>> = {};
    for (const [key, list] of Object.entries(written)) {
      const refuse = (message: string): void => context.addIssue({ code: 'custom', message, path: [key] });
      const [mode, ...others] = modesOf(key) ?? [];
      if (mode === undefined || others.length > 0) refuse(NO_MODE);
      else if (!isLabelMode(mode)) refuse(OWN_GRANTS);
      else if (found[mode]) refuse(TWICE);
      else found[mode] = list;
    }
    return found;
  })
  .prefault({});

/** What stands before the colon in a `sub` that only a mode vouches for. */
const byUser = byName.superRefine((users, context) => {
  for (const key of Object.keys(users)) {
    if (/^label:/i.test(key))
      context.addIssue({
        code: 'custom',
        message: 'is what somebody called themselves, which gets no grants of its own; write grants.modes',
        path: [key],
      });
  }
});

export const grants = z
  .strictObject({
    groups: byName.meta({
      title: 'map of lists',
      description: 'What the members of a group may open.',
      examples: [{ finance: ['hr'] }],
    }),
    users: byUser.meta({
      title: 'map of lists',
      description:
        'What a user may open, by user name. A grant is `marketing` (that resource in every app), `sales/marketing` (only in the app `sales`), `_all_` (everything) or `sales/_all_`.',
      examples: [{ mica: ['_all_'], mike: ['marketing'] }],
    }),
    modes: byMode.meta({
      title: 'map of lists',
      description:
        'What those may open who did not prove who they are: by `auth-none`, `auth-user` or `auth-pass` of `credentials.modes`. They get nothing else, and enter an app without a `resource` only by a grant of the name of that app.',
      examples: [{ 'auth-none': ['welcome'], 'auth-user': ['marketing'] }],
    }),
  })
  .prefault({})
  .meta({ description: 'Who may open what, beside what the directories themselves say.' });

/** Without a prototype, so that a user called `constructor` finds nothing. */
const bare = <T>(map: Record<string, T>): Record<string, T> => Object.assign(Object.create(null), map);

export const settleGrants = (read: z.output<typeof grants>) => ({
  groups: bare(read.groups),
  users: bare(read.users),
  modes: read.modes,
});
