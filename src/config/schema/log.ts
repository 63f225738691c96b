import * as z from 'zod';

export const log = z
  .strictObject({
    level: z
      .enum(['error', 'warn', 'info', 'debug'])
      .prefault('info')
      .meta({ description: 'The least that is written.' }),
    format: z
      .enum(['auto', 'json', 'text'])
      .prefault('auto')
      .meta({ description: '`auto`: readable on a terminal, else JSON, one object a line.' }),
  })
  .prefault({})
  .meta({ description: 'What is logged.' });

export const settleLog = (read: z.output<typeof log>) => ({ level: read.level, format: read.format });
