import * as z from 'zod';
import { listOf, name, pathPattern, Refused, switches, text, wholeNumber } from './values.ts';

/** An id, or the beginning of ids; compared lower-cased. */
const id = text('id', (given) =>
  /^[^\s.{}*][^\s.{}*]{0,255}\*?$/u.test(given)
    ? given.toLowerCase()
    : new Refused('is not an id; write one as the app does, without . and {; * may stand at its end'),
);

const idProperty = text('id.property', (given) => {
  const [, of = '', property = ''] = /^([^\s.{}]{1,256})\.([A-Za-z_][A-Za-z0-9_]{0,127})$/u.exec(given) ?? [];
  return of === ''
    ? new Refused('is not an id and a property; write search-box.value')
    : `${of.toLowerCase()}.${property}`;
});

const route = text('path', (given) =>
  /^(?:\/[^/\s?#%;\\]+)+$/.test(given) ? given : new Refused('is not the path of a page; write /people or /people/pay'),
);

export const sections = z
  .strictObject({
    names: listOf(name)
      .prefault([])
      .meta({
        description:
          'Sections that nobody has been granted by this configuration or a users file: those that only LDAP or a provider grants, or nobody yet.',
        examples: [['finance']],
      }),
    strict: z.boolean().prefault(false).meta({
      title: 'true or false',
      description: 'An id that begins with no section is hidden, unless it is listed as shared or Dash itself made it.',
    }),
    shared: listOf(id)
      .prefault([])
      .meta({
        description:
          'Ids that are everybody’s, though they begin with a section or though `strict` is on. `*` at the end stands for any rest.',
        examples: [['page-*', 'hr-hotline']],
      }),
    values: listOf(idProperty)
      .prefault([])
      .meta({
        description: 'Shared properties whose value may name any section: a search box in which somebody types `hr`.',
        examples: [['search-box.value']],
      }),
    routes: z
      .record(route, name)
      .prefault({})
      .meta({
        title: 'map',
        description:
          'Pages whose path does not begin with their section, and all that is below them. A path is relative to the app.',
        examples: [{ '/people': 'hr' }],
      }),
    open: listOf(pathPattern)
      .prefault([])
      .meta({
        description:
          'Routes of the app’s own that take other methods than GET, or a websocket: for users who may not see everything they are closed unless listed, and what is listed is not looked into.',
        examples: [['/upload']],
      }),
    most_megabytes: wholeNumber(1, 512).prefault(32).meta({
      title: 'number',
      description:
        'The largest body of a callback or an answer that is looked into; at any time four such bodies are held.',
    }),
  })
  .optional()
  .meta({
    description:
      'Of a Dash app: shows each user only the components, callbacks and pages of the sections that they have been granted. A component belongs to the section that its id begins with (`hr-plot`). `true` is as good as an empty map.',
  });
switches.add(sections, { switch: true });

export const settleSections = (read: z.output<typeof sections>) =>
  read === undefined
    ? null
    : {
        names: read.names,
        strict: read.strict,
        shared: read.shared,
        values: read.values,
        routes: Object.entries(read.routes).map(([path, section]) => ({ path, section })),
        open: read.open,
        mostBytes: read.most_megabytes * 1024 * 1024,
      };
