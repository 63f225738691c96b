import { createPublicKey, randomUUID } from 'node:crypto';
import { claimsOf } from './app-claims.ts';
import type { AssertionKeys } from './assertion-keys.ts';
import { type AdapterOptions, type IdentityAdapter, LIFE_SEC } from './identity-adapter.ts';
import { reuseTokens } from './reused-token.ts';
import { saySame, WHENEVER } from './same-claims.ts';

/** Who signs, and with what. */
export interface Asserts {
  /** `server.public_url`. */
  readonly issuer: string;
  readonly keys: AssertionKeys;
}

/** No session, no token of a provider: whoever looks at the type takes it for nothing else (RFC 8725 §3.11). */
export const TYPE = 'dashgate-assertion+jwt';

/**
 * A signed word about who is there (RFC 7519), for one app and five minutes; anybody can check it, by the keys that are published.
 */
export function openAssertion({ issuer, keys }: Asserts, { app, clock }: AdapterOptions): IdentityAdapter {
  const { algorithm } = app.assertion;
  return {
    token: reuseTokens(
      // The key's name too, as a new one signs from then on.
      ({ sub, user, name, email, groups, allowedResources, act }) => [
        ...[keys.signing(algorithm).kid, sub, user, name, email, act?.sub ?? '', act?.user ?? ''],
        ...[JSON.stringify(groups), JSON.stringify(allowedResources)],
      ],
      async (identity, nowSec) => {
        const { SignJWT } = await import('jose');
        const { kid, key } = keys.signing(algorithm);
        const { sub, name, email, groups, act } = identity;
        const { user, allowed_resources } = claimsOf(identity, app.name, 0);
        // Who acts as somebody else (RFC 8693 §4.1).
        const by = act && { act: { sub: act.sub, user: act.user } };
        return new SignJWT({ user, name, email, groups: [...groups], allowed_resources, ...by })
          .setProtectedHeader({ alg: algorithm, typ: TYPE, kid })
          .setIssuer(issuer)
          .setAudience(app.name)
          .setSubject(sub)
          .setIssuedAt(nowSec)
          .setExpirationTime(nowSec + LIFE_SEC)
          .setJti(randomUUID())
          .sign(key);
      },
      clock,
    ),
    async isAlike(before, now) {
      const { jwtVerify, decodeJwt } = await import('jose');
      const how = { algorithms: [algorithm], issuer, audience: app.name, typ: TYPE, currentDate: WHENEVER };
      for (const { key } of keys.published().filter((each) => each.algorithm === algorithm)) {
        const verified = await jwtVerify(before, createPublicKey(key), how).catch(() => null);
        if (verified) return saySame(verified.payload, decodeJwt(now));
      }
      return false;
    },
    close: () => {},
  };
}
