import * as z from 'zod';
import { origin } from './address.ts';
import { duration, file, line, listOf, Refused, text } from './values.ts';

const id = text('text', (given) =>
  /^[\x21-\x7e]{1,128}$/.test(given) ? given : new Refused('is not an id; copy it from Settings, Connected Apps'),
);

const secret = text('text', (given) =>
  given === '' || /\p{Cc}/u.test(given) ? new Refused('is not a secret; write it on one line') : given,
);

const version = text('version', (given) =>
  /^\d{1,3}\.\d{1,3}$/.test(given) ? given : new Refused('is not a version of the REST API; write one as "3.22"'),
);

const scope = text('scope', (given) =>
  /^tableau:[a-z0-9_]+:[a-z0-9_*]+$/i.test(given)
    ? given
    : new Refused('is not a scope of Tableau; write one as tableau:views:embed'),
);

/** The real Tableau behind an app, and the connected app there by which dashgate vouches for its users. */
export const tableauServer = z
  .strictObject({
    server: origin.optional().meta({
      description: 'Where the REST API is, as a scheme and a host.',
      derived: '`upstream`, without its path',
      examples: ['https://tableau.example.com'],
    }),
    site: line(128)
      .prefault('')
      .meta({
        description: 'The site as its addresses have it; empty: the default site.',
        examples: ['acme'],
      }),
    api_version: version.prefault('3.22').meta({ description: 'Version of the REST API.' }),
    client_id: id.meta({
      description: 'Client id of the connected app.',
      examples: ['0f1e2d3c-0000-4000-8000-000000000001'],
    }),
    secret_id: id.meta({ description: 'Id of its secret.', examples: ['aaaabbbb-0000-4000-8000-000000000002'] }),
    secret_value: secret.optional().meta({
      description: 'The secret as Tableau shows it; better in a file.',
      examples: ['…'],
      instead: true,
    }),
    secret_value_file: file.optional().meta({
      description: 'File with the secret and nothing else, mode 600. Read again when it changes.',
      derived: '**required**, unless `secret_value` is given',
      examples: ['tableau.secret'],
    }),
    user: z.enum(['name', 'email']).prefault('name').meta({
      description: 'What Tableau knows its users by: the user name, or the verified e-mail address (Tableau Cloud).',
    }),
    scopes: listOf(scope).prefault(['tableau:views:embed']).meta({ description: 'What a token for a page is for.' }),
    api_scopes: listOf(scope)
      .prefault(['tableau:content:read'])
      .meta({ description: 'What dashgate signs in to the REST API for.' }),
    lifetime: duration(10_000, 600_000)
      .prefault('5m')
      .meta({ description: 'How long a token for a page counts. It begins a session at Tableau, which lasts longer.' }),
  })
  .check(({ value, issues }) => {
    const given = [value.secret_value, value.secret_value_file].filter((one) => one !== undefined).length;
    if (given !== 1)
      issues.push({
        code: 'custom',
        message: given === 0 ? 'is missing; add it' : 'is given beside secret_value; remove one of them',
        path: ['secret_value_file'],
        input: null,
      });
  })
  .optional()
  .meta({
    description:
      'The Tableau behind, and the connected app there by which dashgate vouches for its users; what is missing comes from the variables `TABLEAU_SERVER`, `TABLEAU_SITENAME`, `TABLEAU_RESTAPI_VERSION`, `TABLEAU_CA_CLIENT`, `TABLEAU_CA_SECRET_ID` and `TABLEAU_CA_SECRET_VALUE` where `kind` is `tableau`. See docs/tableau.md.',
  });

export function settleTableauServer(read: z.output<typeof tableauServer>, upstreamOrigin: string | null) {
  if (!read) return null;
  const { secret_value_file: inFile, secret_value: text = '' } = read;
  return {
    server: read.server?.origin ?? upstreamOrigin,
    site: read.site,
    apiVersion: read.api_version,
    clientId: read.client_id,
    secretId: read.secret_id,
    secret: inFile === undefined ? ({ kind: 'text', text } as const) : ({ kind: 'file', file: inFile } as const),
    tells: read.user === 'email' ? ('email' as const) : ('user' as const),
    scopes: read.scopes,
    apiScopes: read.api_scopes,
    lifetimeSec: Math.floor(read.lifetime / 1000),
  };
}
