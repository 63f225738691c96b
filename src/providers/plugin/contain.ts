import * as z from 'zod';
import type { ProviderConfig } from '../../config/schema/config.ts';
import { faultOfUser } from '../../directories/user-name.ts';
import { DashgateError, ProviderUnavailable } from '../../errors.ts';
import { parseGrant } from '../../lib/grant.ts';
import { isAdmitted, isEmail } from '../admit.ts';
import type { Provider } from '../provider.ts';
import { within } from './within.ts';

/** A token, the keys, the user info and one more: each may take its time. */
const QUESTIONS = 4;

export interface ContainOptions {
  readonly config: ProviderConfig;
  /** As messages call the plug-in. */
  readonly shown: string;
  readonly warn: (line: string) => void;
}

/**
 * Stands around what a plug-in made: whatever it throws, and whatever takes too long or is not as the interface has it, is a provider
 * that cannot be asked, which is refused and logged with its name. It vouches for nobody but its own, and for nobody whom `allow`
 * does not let in. A loop without end it could not end: the plug-in runs in this process.
 */
export function contain(provider: Provider, { config, shown, warn }: ContainOptions): Provider {
  const { id, name, issuer, timeoutMs, allow } = config;
  const shapes = shapesOf(id);
  const fault = (method: string, error: unknown): ProviderUnavailable => {
    const what =
      error instanceof z.ZodError
        ? `answered ${method} by what the interface does not have (${placesOf(error)})`
        : `failed in ${method}`;
    return new ProviderUnavailable(
      `${id}: its plug-in (${shown}) ${what}`,
      error instanceof z.ZodError ? {} : { cause: error },
    );
  };
  const ask = async <T>(method: string, shape: z.ZodType<T>, task: () => unknown): Promise<T> => {
    try {
      return shape.parse(await within(QUESTIONS * timeoutMs, task));
    } catch (error) {
      // Of the built-in flow, which says by itself what it is.
      throw error instanceof DashgateError ? error : fault(method, error);
    }
  };
  const look = <T>(method: string, otherwise: T, shape: z.ZodType<T>, task: () => unknown): T => {
    try {
      return shape.parse(task());
    } catch (error) {
      warn(fault(method, error).message);
      return otherwise;
    }
  };

  return {
    ...{ id, name, issuer },
    probe: () => ask('probe', z.void(), () => provider.probe()),
    isDown: () => look('isDown', false, z.boolean(), () => provider.isDown()),
    begin: (...given) => ask('begin', shapes.place, () => provider.begin(...given)),
    async finish(...given) {
      const finding = await ask('finish', shapes.finding, () => provider.finish(...given));
      if (finding.kind !== 'vouched' || isAdmitted(allow, finding.who)) return finding;
      return { kind: 'refused', why: 'not-allowed', detail: 'allow', who: finding.who.sub };
    },
    async renew(...given) {
      const renewal = await ask('renew', shapes.renewal, () => provider.renew(...given));
      if (renewal.kind === 'over') return renewal;
      const { told } = renewal;
      return { ...renewal, told: told instanceof Error ? fault('renew', told) : told };
    },
    revoke: (...given) => ask('revoke', z.void(), () => provider.revoke(...given)),
    admits: (who) => isAdmitted(allow, who) && look('admits', false, z.boolean(), () => provider.admits(who)),
    readLogoutToken: (token) => ask('readLogoutToken', shapes.logout, () => provider.readLogoutToken(token)),
    async signOutAt(...given) {
      try {
        return await ask('signOutAt', shapes.place.nullable(), () => provider.signOutAt(...given));
      } catch (error) {
        // It is about going somewhere else besides; who signs out here has signed out.
        warn(error instanceof Error ? error.message : String(error));
        return null;
      }
    },
  };
}

/** Where an answer is wrong, and how; not what stood there. */
const placesOf = ({ issues }: z.ZodError): string =>
  issues
    .slice(0, 5)
    .map(({ path, code }) => `${path.join('.') || 'the whole'}: ${code}`)
    .join(', ');

const LONGEST = 8192;
/** What is sealed into a session has to fit into it. */
const MOST_BYTES = 2500;

function shapesOf(id: string) {
  const place = z.instanceof(URL).refine(({ protocol }) => protocol === 'https:' || protocol === 'http:');
  const sub = z
    .string()
    .max(300)
    .regex(new RegExp(`^${id}:[\\x21-\\x7e](?:[\\x20-\\x7e]*[\\x21-\\x7e])?$`));
  const text = z
    .string()
    .max(255)
    .regex(/^\P{Cc}*$/u);
  const told = z
    .object({
      name: text,
      email: z.string().refine((email) => email === '' || isEmail(email)),
      user: z
        .string()
        .refine((user) => user === '' || faultOfUser(user) === null)
        .nullable(),
      groups: z.array(text.min(1)),
      allowedResources: z.array(z.string().refine((grant) => parseGrant(grant) === grant)),
    })
    .refine((all) => JSON.stringify(all).length <= MOST_BYTES);
  const who = z
    .object({
      sub,
      amr: z.array(text.min(1)).min(1).max(10),
      acr: text.nullable(),
      authTimeSec: z.number().int().min(0),
      sid: text.nullable(),
    })
    .and(told);
  const token = z.string().max(LONGEST).nullable();
  const tokens = z.object({
    ...{ accessToken: token, refreshToken: token, idToken: token },
    accessEndsSec: z.number().nullable(),
  });
  const detail = z.string().transform((given) => given.slice(0, 500));
  const why = z.enum(['said-no', 'provider-error', 'bad-answer', 'not-allowed', 'no-user-name', 'no-proof']);
  return {
    place,
    finding: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('vouched'), who, tokens, isRechecked: z.boolean() }),
      z.object({ kind: z.literal('refused'), why, detail, who: sub.exactOptional() }),
    ]),
    renewal: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('over') }),
      z.object({ kind: z.literal('renewed'), tokens, told: z.union([told, z.null(), z.instanceof(Error)]) }),
    ]),
    logout: z.discriminatedUnion('kind', [
      z
        .object({
          kind: z.literal('end'),
          ...{ sub: sub.nullable(), sid: text.nullable(), tokenId: z.string().min(1), expiresAtSec: z.number() },
        })
        .refine((end) => end.sub !== null || end.sid !== null),
      z.object({ kind: z.literal('refused'), detail }),
    ]),
  };
}
