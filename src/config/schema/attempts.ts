import * as z from 'zod';
import { trustedProxy } from './address.ts';
import { duration, listOf } from './values.ts';

export const attempts = z
  .strictObject({
    limit: z.enum(['on', 'off']).prefault('on').meta({
      description: 'With `off`, passwords can be guessed as fast as they can be checked. For tests of load only.',
    }),
    longest_wait: duration(1000, 86_400_000).prefault('15m').meta({
      description:
        'After five wrong passwords in a row a user name has to wait: a second, and twice as long after each further one, up to this.',
    }),
    shared_addresses: listOf(trustedProxy)
      .prefault([])
      .meta({
        description:
          'Addresses that many people share, as of an office or a VPN: wrong passwords are not counted against them, only against the user names.',
        examples: [['198.51.100.7', '2001:db8::/48']],
      }),
  })
  .prefault({})
  .meta({ description: 'How passwords are kept from being guessed.' });

export const settleAttempts = (read: z.output<typeof attempts>) => ({
  isLimited: read.limit === 'on',
  longestWaitMs: read.longest_wait,
  sharedAddresses: read.shared_addresses,
});
