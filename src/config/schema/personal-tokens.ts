import * as z from 'zod';
import { duration, durationOrNone, wholeNumber } from './values.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** An end of all that a subject has is remembered for longer than this. */
const LONGEST_MS = 366 * DAY_MS;

export const personalTokens = z
  .strictObject({
    enabled: z.boolean().prefault(true).meta({
      title: 'true or false',
      description:
        'Whether people may make tokens for their programs, at `/_dashgate/tokens`. They are good at apps that list `bearer`, and to sign in at those that list `tableau`; without one there is no such page.',
    }),
    lifetime: duration(MINUTE_MS, LONGEST_MS)
      .prefault('30d')
      .meta({ description: 'How long a token lasts, unless who makes it says otherwise.' }),
    longest: duration(MINUTE_MS, LONGEST_MS).prefault('90d').meta({ description: 'How long one may last at most.' }),
    most: wholeNumber(1, 100).prefault(20).meta({ description: 'How many one user may have at a time.' }),
    provider_age: durationOrNone(MINUTE_MS, LONGEST_MS).prefault('7d').meta({
      description:
        'Whoever signs in by a provider has to be signed in, or looked up there, within this time for their tokens to count. `none`: they may have no tokens.',
    }),
  })
  .check(({ value, issues }) => {
    if (value.lifetime > value.longest)
      issues.push({
        code: 'custom',
        message: 'is longer than personal_tokens.longest; shorten it',
        path: ['lifetime'],
        input: value.lifetime,
      });
  })
  .prefault({})
  .meta({ description: 'Personal access tokens: what people make for their programs; see docs/tokens.md.' });

export const settlePersonalTokens = (read: z.output<typeof personalTokens>) => ({
  isOn: read.enabled,
  lifetimeSec: Math.floor(read.lifetime / 1000),
  longestSec: Math.floor(read.longest / 1000),
  most: read.most,
  /** `null`: who signs in by a provider may have none. */
  providerAgeSec: read.provider_age === null ? null : Math.floor(read.provider_age / 1000),
});
