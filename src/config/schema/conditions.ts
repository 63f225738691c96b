import * as z from 'zod';
import { readAddress } from './address.ts';
import { duration, listOf, Refused, text } from './values.ts';

const network = text('address or CIDR', readAddress);

/** Registered ones are short words (RFC 8176); providers have some of their own. */
const method = text('authentication method', (given) =>
  /^[\x21-\x7e]{1,64}$/.test(given) ? given : new Refused('is not an authentication method; write one, as pwd or otp'),
);

const authClass = text('authentication class', (given) =>
  /^[\x21-\x7e]{1,255}$/.test(given)
    ? given
    : new Refused('is not an authentication class; write one as your provider has it, without blanks'),
);

/** HTTP methods, as they are written on the wire (RFC 9110 §9.1: case counts). */
export const httpMethod = text(
  'HTTP method',
  (given) =>
    /^[A-Z]{1,20}$/.test(given) ? given : new Refused('is not an HTTP method; write it in capitals, as POST'),
  { pattern: '^[A-Z]{1,20}$' },
);

export const networks = listOf(network)
  .min(1, { error: 'is empty, so nobody could ask from anywhere; name an address or a range, or remove the line' })
  .optional();

/** A second is less than a way through a login page takes. */
const LEAST_AGE_MS = 10_000;

export const requirement = z
  .strictObject({
    amr: listOf(method)
      .min(1, { error: 'is empty; name at least one, or remove the line' })
      .optional()
      .meta({
        description:
          'Methods, each of which must have been used: `pwd` is a password (here, or in LDAP). Who only said a name used none.',
        examples: [['pwd']],
      }),
    acr: listOf(authClass)
      .min(1, { error: 'is empty; name at least one, or remove the line' })
      .optional()
      .meta({
        description: 'Classes, one of which the proof must have, as its source names them. Passwords have none.',
        examples: [['gold']],
      }),
    max_age: duration(LEAST_AGE_MS, 365 * 86_400_000)
      .optional()
      .meta({
        description:
          'How old the proof may be. Whoever signed in longer ago is asked again, and comes back to the page. A password that comes with the request itself is never too old.',
        examples: ['15m'],
      }),
  })
  .check(({ value, issues }) => {
    if (Object.values(value).every((part) => part === undefined))
      issues.push({ code: 'custom', message: 'asks for nothing; name amr, acr or max_age, or remove it', input: null });
  })
  .optional();
