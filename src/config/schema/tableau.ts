import * as z from 'zod';
import { duration, line, listOf, name, Refused, text, wholeNumber } from './values.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** What stands behind `/t/` or `/#/site/` in the addresses of a Tableau. */
const contentUrl = text(
  'text',
  (given) =>
    /^[A-Za-z0-9_-]{0,64}$/.test(given)
      ? given
      : new Refused(
          'is not the content URL of a site; write at most 64 letters, digits, _ and -, or "" for the default',
        ),
  { pattern: '^[A-Za-z0-9_-]{0,64}$' },
);

const luid = text('UUID', (given) =>
  /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(given)
    ? given.toLowerCase()
    : new Refused('is not a UUID; write one as 9a8b7c6d-5e4f-4a2b-8c0d-9e8f7a6b5c4d, or remove the line'),
);

const version = (example: string) =>
  text('version', (given) =>
    /^\d{1,4}(?:\.\d{1,4}){1,3}$/.test(given)
      ? given
      : new Refused(`is not a version; write numbers with points between them, as ${example}`),
  );

const site = z.strictObject({
  content_url: contentUrl.meta({
    description: 'What clients name the site by; `""` is the default site.',
    examples: ['finance'],
  }),
  title: line(80)
    .optional()
    .meta({ description: 'What people call it.', derived: 'the content URL, or `Default`', examples: ['Finance'] }),
  id: luid.optional().meta({
    description: 'What the API behind calls it in its paths.',
    derived: 'made of `server.public_url`, the name of the app and the content URL, always the same',
    examples: ['9a8b7c6d-5e4f-4a2b-8c0d-9e8f7a6b5c4d'],
  }),
  resource: name.optional().meta({
    description: 'The resource that is needed to sign in to it. Without it any identity may.',
    examples: ['finance'],
  }),
});

/** Tableau's own doors in front of an API; they are open where `credentials` of the app has `tableau`. */
export const tableau = z
  .strictObject({
    sign_in: listOf(z.enum(['password', 'personal_token', 'connected_app']))
      .min(1, { error: 'is empty, so nobody could sign in; name at least one' })
      .prefault(['password', 'personal_token', 'connected_app'])
      .meta({
        description:
          'By what clients may sign in: user name and password; a personal access token of docs/tokens.md, by its name and itself; a token of one of `connected_apps`.',
      }),
    sites: z
      .array(site)
      .min(1, { error: 'is empty; name at least one, as { content_url: "" } for the default site' })
      .refine((sites) => new Set(sites.map((each) => each.content_url.toLowerCase())).size === sites.length, {
        error: 'has a content_url twice; remove one',
      })
      .prefault([{ content_url: '' }])
      .meta({ title: 'list', description: 'The sites that clients may sign in to. A token is good for one of them.' }),
    idle: duration(MINUTE_MS, 30 * DAY_MS)
      .prefault('240m')
      .meta({ description: 'An API token that is not used for so long ends.' }),
    lifetime: duration(MINUTE_MS, 30 * DAY_MS)
      .prefault('24h')
      .meta({ description: 'How long an API token lasts at most, however much it is used.' }),
    most: wholeNumber(1, 100).prefault(20).meta({
      description:
        'How many API tokens one user may have at a time: with one more, that which was used longest ago ends.',
    }),
    product_version: version('2025.3.0')
      .prefault('2025.3.0')
      .meta({ description: 'What `serverInfo` says of the product.' }),
    rest_api_version: version('3.27')
      .prefault('3.27')
      .meta({ description: 'What `serverInfo` says of the API: clients go on by it.' }),
  })
  .meta({
    description: "How Tableau's own clients sign in, where `credentials` has `tableau`; see docs/tableau-api.md.",
  });

export const settleTableau = (read: z.output<typeof tableau> | undefined) => {
  const { sign_in, sites, idle, lifetime, most, product_version, rest_api_version } = read ?? tableau.parse({});
  return {
    signIn: sign_in,
    sites: sites.map(({ content_url, title, id, resource }) => ({
      contentUrl: content_url,
      title: title || content_url || 'Default',
      id: id ?? null,
      resource: resource ?? null,
    })),
    idleSec: Math.floor(idle / 1000),
    lifetimeSec: Math.floor(lifetime / 1000),
    most,
    productVersion: product_version,
    restApiVersion: rest_api_version,
  };
};
