import * as client from 'openid-client';
import { DashgateError, ProviderUnavailable } from '../../errors.ts';
import type { CallbackFinding } from '../provider.ts';
import { TokenRefused } from './api.ts';

type Refusal = Extract<CallbackFinding, { kind: 'refused' }>;

/** What openid-client says where the other side did not answer, or not as it has to, rather than with something that is wrong. */
const UNANSWERED = [
  ...['OAUTH_TIMEOUT', 'OAUTH_ABORT', 'OAUTH_RESPONSE_IS_NOT_CONFORM', 'OAUTH_RESPONSE_IS_NOT_JSON'],
  ...['OAUTH_PARSE_ERROR', 'OAUTH_HTTP_REQUEST_FORBIDDEN', 'OAUTH_MISSING_SERVER_METADATA'],
  'OAUTH_INVALID_SERVER_METADATA',
];

/**
 * What an error of openid-client means for who wanted to sign in.
 * @throws ProviderUnavailable where it only means that the provider could not be asked
 */
export function refusalOf(provider: string, error: unknown): Refusal {
  if (error instanceof DashgateError) throw error;
  if (error instanceof client.AuthorizationResponseError) {
    return error.error === 'access_denied'
      ? { kind: 'refused', why: 'said-no', detail: 'access_denied' }
      : { kind: 'refused', why: 'provider-error', detail: word(error.error) };
  }
  if (error instanceof client.ResponseBodyError && error.status < 500) {
    // The code is not, or no longer, good (RFC 6749 §5.2); anything else is between the provider and dashgate.
    const why = error.error === 'invalid_grant' ? 'bad-answer' : 'provider-error';
    return { kind: 'refused', why, detail: word(error.error) };
  }
  if (error instanceof client.WWWAuthenticateChallengeError)
    return { kind: 'refused', why: 'provider-error', detail: `answered ${error.status}` };
  if (error instanceof TokenRefused)
    return { kind: 'refused', why: 'provider-error', detail: 'refused its own access token' };
  if (isUnanswered(error)) throw new ProviderUnavailable(`${provider}: did not answer as it should`, { cause: error });
  if (error instanceof client.ClientError)
    return { kind: 'refused', why: 'bad-answer', detail: `${error.message}${error.code ? ` (${error.code})` : ''}` };
  throw error;
}

/** Whether a refresh token is good no more (RFC 6749 §5.2): expired, revoked, used before, or the account is gone. */
export const isOver = (error: unknown): boolean =>
  error instanceof client.ResponseBodyError && error.status < 500 && error.error === 'invalid_grant';

function isUnanswered(error: unknown): boolean {
  // TypeError: what fetch says of a connection that failed.
  if (error instanceof TypeError || error instanceof client.ResponseBodyError) return true;
  return error instanceof client.ClientError && (error.code === undefined || UNANSWERED.includes(error.code));
}

/** An error code of RFC 6749 §5.2, which the other side wrote. */
const word = (code: string): string => code.replace(/[^\x20-\x7e]/g, '?').slice(0, 100);
