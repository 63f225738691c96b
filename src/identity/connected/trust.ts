import type { KeyObject } from 'node:crypto';
import { type CryptoKey, compactVerify, errors } from 'jose';
import type { ConnectedAppConfig } from '../../config/schema/config.ts';
import { ProviderUnavailable } from '../../errors.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Log } from '../../telemetry/log.ts';
import { createAskKeys } from '../issuers/ask-keys.ts';
import { createIssuerKeys } from '../issuers/issuer-keys.ts';
import type { ParsedToken } from './parse-token.ts';
import { type Refusal, refuse } from './refusal.ts';
import type { Secrets } from './secrets.ts';

/** Who signs for a connected app: itself, by a secret that dashgate has too, or a server whose keys everybody may read. */
export interface Trust {
  /** The signature of a token; `null`: it is good. */
  verify(text: string, token: ParsedToken): Promise<Refusal | null>;
}

export interface TrustOptions {
  readonly secrets: Pick<Secrets, 'find'>;
  readonly clock: Clock;
  readonly log: Pick<Log, 'warn'>;
}

export function createTrust({ clientId, trust }: ConnectedAppConfig, { secrets, clock, log }: TrustOptions): Trust {
  if (trust.kind === 'direct') {
    return {
      async verify(text, { alg, kid }) {
        if (alg !== 'HS256') return wrongAlgorithm('by its secret a connected app signs with HS256');
        const key = secrets.find(clientId, kid);
        if (!key) return refuse('CONNECTED_APP_SECRET_NOT_FOUND', 'this connected app has no secret of that id (kid)');
        return await signatureProblem(text, alg, [key]);
      },
    };
  }
  const ask = createAskKeys(trust);
  const keys = createIssuerKeys({ id: clientId, ask, graceMs: trust.keysGraceMs, clock });
  return {
    async verify(text, { alg, kid }) {
      if (!trust.algorithms.some((listed) => listed === alg))
        return wrongAlgorithm(`it may sign with ${trust.algorithms.join(', ')}`);
      try {
        const found = await keys.find({ alg, kid });
        if (found.length > 0) return await signatureProblem(text, alg, found);
        return refuse('COULD_NOT_FETCH_JWT_KEYS', 'the issuer has no key of that id (kid) for that algorithm');
      } catch (error) {
        if (!(error instanceof ProviderUnavailable)) throw error;
        log.warn('the keys of an issuer cannot be had', { client: clientId, why: causeOf(error) });
        return { ...refuse('COULD_NOT_FETCH_JWT_KEYS', 'the keys of the issuer cannot be had'), isOutage: true };
      }
    },
  };
}

const wrongAlgorithm = (why: string): Refusal =>
  refuse('BLOCKLISTED_JWS_ALGORITHM_USED_TO_SIGN', `alg is not taken: ${why}`);

const causeOf = ({ cause, message }: Error): string => (cause instanceof Error ? cause.message : message);

/** Each key may make signatures by one algorithm only: what else a header names is not tried (RFC 8725 §3.1). */
async function signatureProblem(
  text: string,
  alg: string,
  keys: readonly (CryptoKey | KeyObject)[],
): Promise<Refusal | null> {
  for (const key of keys) {
    try {
      await compactVerify(text, key, { algorithms: [alg] });
      return null;
    } catch (error) {
      if (error instanceof errors.JWSSignatureVerificationFailed) continue;
      // An RSA key of fewer than 2048 bits (RFC 7518 §3.3).
      if (error instanceof TypeError) return refuse('RSA_KEY_SIZE_INVALID', 'the key of the issuer is of no use');
      if (!(error instanceof errors.JOSEError)) throw error;
      return refuse('JWT_PARSE_ERROR', 'the token cannot be read');
    }
  }
  return refuse('JWT_PARSE_ERROR', 'the signature is not of this secret');
}
