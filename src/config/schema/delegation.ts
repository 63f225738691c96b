import * as z from 'zod';
import type { ToldHeader } from '../../lib/identity-headers.ts';
import { whyNoName } from './identity-headers.ts';
import { Refused, text } from './values.ts';

/** How the upstream of an app is told for whom its service credential acts. */
export interface Delegation {
  readonly by: 'header' | 'query' | 'basic_user';
  /** Of the header or the parameter; of `basic_user` what becomes of the user name, with `{service}` and `{user}` in it. */
  readonly name: string;
  readonly tells: 'user' | 'email';
}

const header = text('header name', (given) => {
  const why = whyNoName(given);
  return why === null ? given : new Refused(why);
});

const parameter = text('parameter', (given) =>
  /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/.test(given)
    ? given
    : new Refused('is not the name of a parameter; write at most 64 letters, digits, _ . and -, as doAs'),
);

const NAME = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;

const basicUser = text('name or pattern', (given) => {
  if (NAME.test(given)) return `{service};${given}={user}`;
  const parts = given.split(/(\{service\}|\{user\})/);
  const literals = parts.filter((_part, i) => i % 2 === 0);
  const [services, users] = ['{service}', '{user}'].map((name) => parts.filter((part) => part === name).length);
  const isPlain = literals.every((literal) => /^[A-Za-z0-9;=@/\\[\]()<>|!#$%&*+,.?^~_-]*$/.test(literal));
  if (services !== 1 || users !== 1 || !isPlain || given.length > 128)
    return new Refused(
      'is neither a name, as DelegationUID, nor a user name with {service} and {user} once each, as {service}[{user}]',
    );
  // Where nothing stands between, one could end in the middle of the other.
  if (!/[^A-Za-z0-9]/.test(literals[1] ?? ''))
    return new Refused('has no sign between {service} and {user}, so nobody could tell them apart; put one there');
  return given;
});

export const delegation = z
  .strictObject({
    header: header.optional().meta({
      description: 'A header with the user name.',
      examples: ['DelegationUID'],
      instead: true,
    }),
    query: parameter.optional().meta({
      description:
        'A parameter of the query with the user name, beside those of the client. The proxy way only: nothing is approved on the check listener.',
      examples: ['doAs'],
      instead: true,
    }),
    basic_user: basicUser.optional().meta({
      description:
        'In the user name of `upstream_credentials`: `DelegationUID` is `SERVICE;DelegationUID=USER`, and a text with `{service}` and `{user}` says it otherwise, as `{service}[{user}]`.',
      examples: ['DelegationUID'],
    }),
    user: z.enum(['name', 'email']).prefault('name').meta({
      description: 'What the upstream knows its users by: the user name, or the verified e-mail address.',
    }),
  })
  .check(({ value: { header, query, basic_user }, issues }) => {
    const given = [header, query, basic_user].filter((each) => each !== undefined).length;
    if (given !== 1)
      issues.push({
        code: 'custom',
        message:
          given === 0
            ? 'does not say how; write header, query or basic_user'
            : 'says it in several ways; write one of header, query and basic_user',
        input: null,
      });
  })
  .optional()
  .meta({
    description:
      'The upstream, which knows dashgate by `upstream_credentials`, is told for whom it is asked: the signed-in user, where there is one. What a client sends under that name is dropped, in every spelling. See docs/delegation.md.',
  });

export function settleDelegation(read: z.output<typeof delegation>): Delegation | null {
  if (!read) return null;
  const tells = read.user === 'email' ? 'email' : 'user';
  for (const by of ['header', 'query', 'basic_user'] as const) {
    const name = read[by];
    if (name !== undefined) return { by, name, tells };
  }
  return null;
}

/** By a header it is one more by which the app is told who is there, for each front to hand on and to take away from clients. */
export const headerOf = (told: Delegation | null): ToldHeader[] =>
  told?.by === 'header' ? [{ name: told.name, tells: told.tells }] : [];
