import * as z from 'zod';
import { file, listOf } from './values.ts';

const directory = z.strictObject({
  file: file.meta({
    description: 'A users file, as `dashgate user add` writes it. Read again when it changes.',
    examples: ['users.yaml'],
  }),
});

export const directories = listOf(directory)
  .prefault([])
  .meta({ title: 'list', description: 'Where passwords are checked, in this order.' });

export const settleDirectories = (read: z.output<typeof directories>) =>
  read.map((directory) => ({ kind: 'file' as const, file: directory.file }));
