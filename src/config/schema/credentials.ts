import * as z from 'zod';
import { file, text } from './values.ts';

/** The ways to prove who one is, in the order of what they prove. */
export const MODES = ['auth-none', 'auth-user', 'auth-pass', 'auth-user-pass', 'ldap'] as const;
export type Mode = (typeof MODES)[number];

/** The modes that tell nobody from anybody else: whoever comes by one of them has no grants but the mode's own. */
export const LABEL_MODES = ['auth-none', 'auth-user', 'auth-pass'] as const;
export type LabelMode = (typeof LABEL_MODES)[number];

export const isMode = (text: string): text is Mode => MODES.some((mode) => mode === text);
export const isLabelMode = (text: string): text is LabelMode => LABEL_MODES.some((mode) => mode === text);

/** The names that connectors have for the modes, and the numbers of the `AuthMech` of some drivers. */
const ALIASES: ReadonlyMap<string | number, readonly Mode[]> = new Map<string | number, readonly Mode[]>([
  ...MODES.map((mode): [string, readonly Mode[]] => [mode, [mode]]),
  ['None', ['auth-none']],
  ['BasicUserNameOnly', ['auth-user']],
  ['PasswordOnly', ['auth-pass']],
  ['Basic', ['auth-user-pass']],
  ['BasicNoValidateFields', ['auth-user-pass']],
  // The drop-down: the password stands first, as the page begins with what stands first.
  ['ComboBoxIntegrated', ['auth-user-pass', 'auth-user', 'auth-none']],
  [0, ['auth-none']],
  [2, ['auth-user']],
  [3, ['auth-user-pass']],
]);
const BLANK_USER = 'BasicNoValidateFields';

/** What a mode is called here, for each name that it has elsewhere; `null`: there is no such mode. */
export const modesOf = (written: string | number): readonly Mode[] | null =>
  ALIASES.get(written) ?? (typeof written === 'string' && /^[023]$/.test(written) ? modesOf(Number(written)) : null);

const PROVIDER = 'is no mode: each provider is a button of its own; remove it, and name them under providers';
const UNKNOWN = `is no way to sign in; write ${MODES.join(', ')}, or one of their names in connectors: ${[...ALIASES.keys()].filter((name) => !isMode(String(name))).join(', ')}`;

const entry = z.union([z.string(), z.number()]).transform((written, context) => {
  const modes = modesOf(written);
  if (modes) return { modes, allowsBlankUser: written === BLANK_USER };
  context.addIssue({ code: 'custom', message: written === 'oauth' ? PROVIDER : UNKNOWN });
  return z.NEVER;
});

const modes = z.array(entry).transform((entries, context) => {
  const found = entries.flatMap(({ modes }) => modes);
  if (found.length === 0)
    context.addIssue({
      code: 'custom',
      message: 'is empty, so nobody could sign in; name at least one, as auth-user-pass',
    });
  if (new Set(found).size < found.length)
    context.addIssue({ code: 'custom', message: 'has a mode twice, perhaps by another name; remove one' });
  return { found, allowsBlankUser: entries.some((entry) => entry.allowsBlankUser) };
});

export const credentials = z
  .strictObject({
    modes: modes.prefault(['auth-user-pass']).meta({
      title: 'list of modes',
      description:
        'How people may prove who they are; of several the login page offers a choice, and begins with the first. `auth-none`: not at all; `auth-user`: by a name that nobody checks; `auth-pass`: by one password that all share; `auth-user-pass`: by user name and password; `ldap`: the same, but only those in LDAP directories. The names `None`, `BasicUserNameOnly`, `PasswordOnly`, `Basic`, `BasicNoValidateFields`, `ComboBoxIntegrated`, 0, 2 and 3 are understood.',
    }),
    allow_blank_user: z.boolean().prefault(false).meta({
      title: '`true`, `false`',
      description:
        'Whether `auth-user-pass` takes a blank user name: with the shared password that is as good as `auth-pass`.',
    }),
    password_hash: text('hash', (given) => given)
      .optional()
      .meta({
        description: 'The hash of the shared password, argon2id or bcrypt, in quotes.',
        examples: ['$argon2id$v=19$m=19456,t=2,p=1$…'],
      }),
    password_file: file.optional().meta({
      instead: true,
      description:
        'A password file with one user, whose password is the shared one: `dashgate user add -u shared -f shared.yaml` makes it. In place of `password_hash`, and read again when it changes.',
      examples: ['shared.yaml'],
    }),
  })
  .check(({ value: { modes, allow_blank_user, password_hash, password_file }, issues }) => {
    const refuse = (key: string, message: string): void => {
      issues.push({ code: 'custom', message, path: [key], input: null });
    };
    const takesBlankUser = allow_blank_user || modes.allowsBlankUser;
    const wants = modes.found.includes('auth-pass')
      ? 'has auth-pass'
      : takesBlankUser
        ? 'takes a blank user name'
        : null;
    if (allow_blank_user && !modes.found.includes('auth-user-pass'))
      refuse('allow_blank_user', 'is for auth-user-pass, which is not among the modes; remove it, or add that');
    if (wants !== null && password_hash === undefined && password_file === undefined)
      refuse(
        'modes',
        `${wants}, but there is no shared password; add password_file, made by "dashgate user add -u shared -f shared.yaml"`,
      );
    if (password_hash !== undefined && password_file !== undefined)
      refuse('password_file', 'is given beside password_hash; remove one of them');
  })
  .prefault({})
  .meta({ description: 'By what people prove who they are.' });

export const settleCredentials = ({
  modes,
  allow_blank_user,
  password_hash,
  password_file,
}: z.output<typeof credentials>) => ({
  modes: modes.found,
  allowsBlankUser: allow_blank_user || modes.allowsBlankUser,
  sharedPassword:
    password_file !== undefined
      ? ({ kind: 'file', file: password_file } as const)
      : password_hash !== undefined
        ? ({ kind: 'hash', hash: password_hash } as const)
        : null,
});

/** Whether anybody can come by the shared password. */
export const usesSharedPassword = ({
  modes,
  allowsBlankUser,
}: {
  readonly modes: readonly Mode[];
  readonly allowsBlankUser: boolean;
}): boolean => allowsBlankUser || modes.includes('auth-pass');
