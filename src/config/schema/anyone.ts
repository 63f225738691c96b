import * as z from 'zod';
import { file, Refused, text } from './values.ts';

const password = text('text', (given) =>
  given === '' ? new Refused('is empty; write it, or remove the line') : given,
);

/** One password for all, by whatever user name: an entry of `directories`. */
export const anyone = z
  .strictObject({
    password: password
      .optional()
      .meta({ description: 'The password; better in a file.', examples: ['…'], instead: true }),
    password_file: file.optional().meta({
      description: 'A file with the password and nothing else, mode 600.',
      derived: '**required**, unless `password` is given',
      examples: ['shared.password'],
    }),
  })
  .check(({ value, issues }) => {
    const refuse = (message: string, ...path: string[]): void => {
      issues.push({ code: 'custom', message, path, input: null });
    };
    if (value.password === undefined && value.password_file === undefined)
      refuse('is missing; add it', 'password_file');
    if (value.password !== undefined && value.password_file !== undefined)
      refuse('is given beside password_file; remove one of them', 'password');
  })
  .meta({
    description:
      'In place of `file`: one password that lets in whoever has it, by whatever user name they type, as `--basic-auth` of Panel does. Dashboards are told that name, which proves nothing: no grant to a user counts for it, and no other directory may stand beside it.',
    instead: true,
  });

export type AnyoneConfig = ReturnType<typeof settleAnyone>;

export const settleAnyone = ({ password: given = '', password_file: name }: z.output<typeof anyone>) =>
  name === undefined ? ({ kind: 'text', text: given } as const) : ({ kind: 'file', file: name } as const);
