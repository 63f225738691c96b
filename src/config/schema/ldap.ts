import { isIPv4 } from 'node:net';
import * as z from 'zod';
import { faultOfFilter } from '../../lib/ldap-filter.ts';
import { duration, file, line, Refused, text } from './values.ts';

const SECOND_MS = 1000;
const DAY_MS = 86_400_000;

/** Where a directory server is. `host` has no brackets. */
export interface LdapUrl {
  host: string;
  port: number;
  isTls: boolean;
}

const url = text(
  'URL',
  (given): LdapUrl | Refused => {
    const [, scheme = '', written = '', digits] = LDAP_URL.exec(given) ?? [];
    const isTls = scheme.toLowerCase() === 'ldaps';
    const port = digits === undefined ? (isTls ? 636 : 389) : Number(digits);
    if (written === '' || port < 1 || port > 65_535)
      return new Refused(
        'is not the address of a directory; write scheme, host and port only, as ldaps://ldap.example.com',
      );
    return { host: written.replace(/^\[|\]$/g, '').toLowerCase(), port, isTls };
  },
  { pattern: '^[Ll][Dd][Aa][Pp][Ss]?://' },
);
const LDAP_URL = /^(ldaps?):\/\/(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(?::(\d{1,5}))?\/?$/i;

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));

const dn = text('DN', (given) =>
  given.includes('=') && given.length <= 1024 && !/\p{Cc}/u.test(given)
    ? given
    : new Refused('is not a distinguished name; write it as ou=people,dc=example,dc=com'),
);

const attribute = text(
  'attribute',
  (given) =>
    /^[A-Za-z][A-Za-z0-9-]{0,63}$/.test(given)
      ? given
      : new Refused('is not the name of an attribute; write letters, digits and -'),
  { pattern: '^[A-Za-z][A-Za-z0-9-]{0,63}$' },
);

/** @param place - what it must have, as `{user}` */
const filter = (place: string | null) =>
  text('filter', (given) => {
    const fault = faultOfFilter(given);
    if (fault !== null) return new Refused(fault);
    if (place !== null && !given.includes(place)) return new Refused(`does not say where ${place} goes; write it in`);
    return given;
  });

const password = text('text', (given) =>
  given === '' ? new Refused('is empty, which binds nobody (RFC 4513 §5.1.2); write the password') : given,
);

/** The `ldap:` entry of `directories`. */
export const ldapSchema = z
  .strictObject({
    url: url.meta({
      description: 'The directory server: `ldaps://`, or `ldap://` with `start_tls`.',
      examples: ['ldaps://ldap.example.com'],
    }),
    start_tls: z.boolean().prefault(false).meta({
      title: 'true or false',
      description:
        'Ask for TLS on the `ldap://` port. Without TLS, passwords and answers could be read and changed on the way: only an address of this machine does without.',
    }),
    ca_file: file.optional().meta({
      description: "Certificates in PEM by which the server's own is judged, in place of the system's.",
      examples: ['tls/ldap-ca.pem'],
    }),
    server_name: line(253)
      .optional()
      .meta({
        description: 'The name that the certificate must have, where it is not the host of `url`.',
        examples: ['ldap.internal'],
      }),
    bind_dn: dn.optional().meta({
      description: 'The account that searches. Without it the search is anonymous.',
      examples: ['cn=dashgate,ou=services,dc=example,dc=com'],
    }),
    bind_password: password
      .optional()
      .meta({ description: 'Its password; better in a file.', examples: ['…'], instead: true }),
    bind_password_file: file.optional().meta({
      description: 'A file with its password. Read again for each new connection.',
      examples: ['/run/secrets/ldap-password'],
    }),
    base_dn: dn.meta({ description: 'Users are searched for below this.', examples: ['ou=people,dc=example,dc=com'] }),
    user_filter: filter('{user}').prefault('(&(objectClass=person)(uid={user}))').meta({
      description:
        'Which entry a user name means. `{user}` stands for the name, escaped. Exactly one entry must match.',
    }),
    disabled_filter: filter(null)
      .optional()
      .meta({
        description: 'Whoever matches this too is no user: an account that is switched off.',
        examples: ['(userAccountControl:1.2.840.113556.1.4.803:=2)'],
      }),
    id_attribute: attribute.prefault('entryUUID').meta({
      description: 'What never changes about a person, in `sub`; `objectGUID` for Active Directory.',
    }),
    user_attribute: attribute.prefault('uid').meta({
      description: 'The user name, as grants and dashboards know it; lower-cased, whatever was typed.',
    }),
    name_attribute: attribute.prefault('cn').meta({ description: 'The name that people read.' }),
    email_attribute: attribute.prefault('mail').meta({ description: 'The e-mail address.' }),
    group_base_dn: dn.optional().meta({
      description: 'Groups are searched for below this. Without it nobody has groups.',
      examples: ['ou=groups,dc=example,dc=com'],
    }),
    group_filter: filter(null).prefault('(member={dn})').meta({
      description:
        'Which groups have a member. `{dn}` stands for the DN of a person or group, `{user}` for the user name (`(memberUid={user})`).',
    }),
    group_name_attribute: attribute
      .prefault('cn')
      .meta({ description: 'The name of a group, as `grants.groups` has it.' }),
    nested_groups: z.int().min(0).max(20).prefault(5).meta({
      title: 'number',
      description:
        'How many levels of groups within groups are followed; 0: only groups that have the person themselves.',
    }),
    timeout: duration(100, 60 * SECOND_MS)
      .prefault('5s')
      .meta({ description: 'How long the directory may take for an answer, groups included.' }),
    pool_size: z.int().min(1).max(100).prefault(8).meta({
      title: 'number',
      description: 'How many connections there are at most for searches, and as many for checking passwords.',
    }),
    recheck: duration(SECOND_MS, DAY_MS).prefault('5m').meta({
      description:
        'How old what is known of a signed-in person may be. A disabled, removed or regrouped account takes effect within this time; so does, for Basic credentials, a new password.',
    }),
    recheck_grace: duration(0, 7 * DAY_MS)
      .prefault('1h')
      .meta({ description: 'How much longer open sessions live while the directory cannot be asked; then 503.' }),
  })
  .check((context) => {
    const { value, issues } = context;
    const refuse = (key: keyof typeof value, message: string): void => {
      issues.push({ code: 'custom', message, path: [key], input: value[key] });
    };
    const { isTls, host } = value.url;
    if (isTls && value.start_tls)
      refuse('start_tls', 'is for ldap://, and url begins with ldaps://; remove one of them');
    if (!isTls && !value.start_tls && !isLoopback(host))
      refuse(
        'url',
        'is plain ldap:// to another machine, so passwords and answers could be read and changed on the way; write ldaps://, or start_tls: true beside it',
      );
    if (!isTls && !value.start_tls) {
      if (value.ca_file !== undefined)
        refuse('ca_file', 'is given, but url speaks no TLS; write ldaps://, or remove it');
      if (value.server_name !== undefined)
        refuse('server_name', 'is given, but url speaks no TLS; write ldaps://, or remove it');
    }
    if (value.bind_password !== undefined && value.bind_password_file !== undefined)
      refuse('bind_password', 'is given beside bind_password_file; remove one of them');
    const hasPassword = value.bind_password !== undefined || value.bind_password_file !== undefined;
    if (value.bind_dn !== undefined && !hasPassword)
      refuse('bind_dn', 'has no password; name a bind_password_file, or remove it to search anonymously');
    if (value.bind_dn === undefined && hasPassword)
      refuse(
        value.bind_password === undefined ? 'bind_password_file' : 'bind_password',
        'is given without bind_dn; write whose password it is',
      );
  })
  .meta({ description: 'An LDAP directory or Active Directory, in the place of `file`.', instead: true });

export const settleLdap = (read: z.output<typeof ldapSchema>) => ({
  url: read.url,
  security: read.url.isTls ? ('tls' as const) : read.start_tls ? ('start-tls' as const) : ('none' as const),
  caFile: read.ca_file ?? null,
  serverName: read.server_name ?? null,
  bindDn: read.bind_dn ?? null,
  bindPassword: read.bind_password ?? null,
  bindPasswordFile: read.bind_password_file ?? null,
  baseDn: read.base_dn,
  userFilter: read.user_filter,
  disabledFilter: read.disabled_filter ?? null,
  idAttribute: read.id_attribute,
  userAttribute: read.user_attribute,
  nameAttribute: read.name_attribute,
  emailAttribute: read.email_attribute,
  groupBaseDn: read.group_base_dn ?? null,
  groupFilter: read.group_filter,
  groupNameAttribute: read.group_name_attribute,
  nestedGroups: read.nested_groups,
  timeoutMs: read.timeout,
  poolSize: read.pool_size,
  recheckMs: read.recheck,
  recheckGraceMs: read.recheck_grace,
});

export type LdapConfig = Readonly<ReturnType<typeof settleLdap>>;
