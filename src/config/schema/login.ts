import * as z from 'zod';
import { file, line } from './values.ts';

export const login = z
  .strictObject({
    title: line(120).prefault('Dashboards').meta({ description: 'The heading of the login page.' }),
    logo_file: file.optional().meta({
      description: 'A picture above the title: SVG, PNG, JPEG or WebP.',
      examples: ['logo.svg'],
    }),
    footer: line(500)
      .optional()
      .meta({
        description: 'A line below the form, as plain text.',
        examples: ['Questions? Ask the data team.'],
      }),
    error_template: file.optional().meta({
      description:
        'An HTML page of your own in place of the one that says that a sign-in at a provider came to nothing, as `--oauth-error-template` of Panel: see docs/panel.md.',
      examples: ['error.html'],
    }),
    auto: z.boolean().prefault(false).meta({
      title: 'true or false',
      description:
        'Where one provider is the only way to sign in: go there at once, without a page to press its button on.',
    }),
  })
  .prefault({})
  .meta({ description: 'How the login page looks.' });

export const settleLogin = (read: z.output<typeof login>) => ({
  title: read.title,
  logoFile: read.logo_file ?? null,
  footer: read.footer ?? null,
  errorTemplate: read.error_template ?? null,
  isAuto: read.auto,
});
