import * as z from 'zod';
import { anyone, settleAnyone } from './anyone.ts';
import { ldapSchema, settleLdap } from './ldap.ts';
import { file, listOf, Refused, text } from './values.ts';

/** What `sub` begins with where it comes from elsewhere; a directory of this name could hand out somebody else's. */
const RESERVED = [
  ...['file', 'htpasswd', 'tabpy', 'ldap', 'basic', 'anyone', 'demo', 'label', 'token', 'embed', 'connected'],
  ...[
    'oidc',
    'oauth',
    'saml',
    'github',
    'gitlab',
    'google',
    'microsoft',
    'entra',
    'azure',
    'okta',
    'auth0',
    'keycloak',
  ],
];

const NAME = /^[a-z][a-z0-9_-]{0,31}$/;

const source = text(
  'name',
  (given) => {
    if (!NAME.test(given)) return new Refused('is not a name; write 1 to 32 of a-z, 0-9, _ and -, with a letter first');
    return RESERVED.includes(given)
      ? new Refused('is a name that dashgate gives itself, or a provider has; choose another, as staff')
      : given;
  },
  { pattern: NAME.source },
);

const winner = text('name', (given) => (NAME.test(given) ? given : new Refused('is not the name of a directory')), {
  pattern: NAME.source,
});

const entry = z.strictObject({
  file: file.optional().meta({
    description:
      'A password file: a users file as `dashgate user add` writes it, an htpasswd file, or a password file of TabPy. Which of them it is, its content tells. Read again when it changes.',
    derived: '**required**, unless `ldap` is given',
    examples: ['users.yaml'],
  }),
  plaintext: z.boolean().prefault(false).meta({
    title: '`true`, `false`',
    description:
      'The file is that of `--basic-auth` of Panel: JSON with user names and their passwords as they are. Read again when it changes.',
  }),
  ldap: ldapSchema.optional(),
  anyone: anyone.optional(),
  name: source.optional().meta({
    description:
      'What stands before the colon in the `sub` of its users, so that two directories of one kind can stand side by side.',
    derived: '`file`, `htpasswd`, `tabpy` or `ldap`, by what it is',
    examples: ['staff'],
  }),
  wins_over: listOf(winner)
    .prefault([])
    .meta({
      title: 'list',
      description:
        'Later directories, by name, of which a user may have the same user name as one of this directory: this one decides, and that user cannot sign in. Without it such a pair is refused.',
      examples: [['tabpy']],
    }),
});

const directory = entry.check(({ value: { file, plaintext, ldap, anyone: shared, name, wins_over }, issues }) => {
  const refuse = (message: string, ...path: string[]): void => {
    issues.push({ code: 'custom', message, path, input: null });
  };
  if (!file && !ldap && !shared) refuse('says not what it is; write file or ldap');
  if (shared && (file || ldap)) refuse('is given beside another; make it an entry of its own', 'anyone');
  if (shared && name !== undefined)
    refuse('is not for anyone, whose users are basic: and what they typed; remove it', 'name');
  if (plaintext && !file) refuse('is for files; remove it', 'plaintext');
  if (file && ldap) refuse('is given beside file; make it an entry of its own', 'ldap');
  if (ldap && wins_over.length > 0)
    refuse('is for files; of an LDAP directory the order decides, so remove it', 'wins_over');
});

export const directories = listOf(directory)
  .superRefine((list, context) => {
    for (const key of ['file', 'name'] as const) {
      const seen = new Map<string, number>();
      for (const [i, entry] of list.entries()) {
        const value = entry[key];
        if (value === undefined) continue;
        const before = seen.get(value);
        seen.set(value, i);
        if (before === undefined) continue;
        context.addIssue({
          code: 'custom',
          path: [i, key],
          message: `is the ${key} of directories[${before}] too; ${key === 'file' ? 'remove one of them' : 'choose another'}`,
        });
      }
    }
  })
  .prefault([])
  .meta({
    title: 'list',
    description: 'Where passwords are checked, in this order: the first that knows the user decides.',
  });

export const settleDirectories = (read: z.output<typeof directories>) =>
  read.map(({ file = '', plaintext, ldap, anyone: shared, name, wins_over }) =>
    shared
      ? { kind: 'anyone' as const, name: undefined, anyone: settleAnyone(shared) }
      : ldap
        ? { kind: 'ldap' as const, name, ldap: settleLdap(ldap) }
        : { kind: 'file' as const, file, isPlain: plaintext, name, winsOver: wins_over },
  );
