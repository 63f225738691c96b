import * as z from 'zod';
import { listen } from './address.ts';

export const admin = z
  .strictObject({
    listen: listen
      .prefault('127.0.0.1:9180')
      .meta({ description: 'Where `/healthz`, `/readyz` and `/metrics` are: `host:port` or `unix:/path`.' }),
  })
  .prefault({})
  .meta({ description: 'The listener for those who watch over dashgate.' });

export const settleAdmin = (read: z.output<typeof admin>) => ({ listen: read.listen });
