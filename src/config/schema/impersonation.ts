import * as z from 'zod';
import { duration, listOf } from './values.ts';

const MINUTE_MS = 60_000;
const name = z.string().min(1).max(255);
const names = listOf(name).prefault([]);

export const impersonation = z
  .strictObject({
    groups: names.meta({
      title: 'list of groups',
      description:
        'Whose members may act as another user of a directory, at `/_dashgate/impersonate`. Nobody can act as a member of these. Empty: nobody may.',
      examples: [['support']],
    }),
    lifetime: duration(MINUTE_MS, 8 * 60 * MINUTE_MS)
      .prefault('30m')
      .meta({ description: 'How long one may act as another user; their own session ends with it.' }),
    except: z
      .strictObject({
        groups: names.meta({ title: 'list of groups', description: 'Nobody acts as a member of one of these.' }),
        users: names.meta({ title: 'list of user names', description: 'Nobody acts as one of these.' }),
      })
      .prefault({})
      .meta({ description: 'As whom nobody acts, beside the members of `impersonation.groups`.' }),
  })
  .prefault({})
  .meta({ description: 'Administrators who look at dashboards as another user; see docs/impersonation.md.' });

export const settleImpersonation = (read: z.output<typeof impersonation>) => ({
  groups: read.groups,
  lifetimeSec: Math.floor(read.lifetime / 1000),
  except: read.except,
});
