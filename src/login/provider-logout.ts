import { createHash } from 'node:crypto';
import type { Request } from 'express';
import { DashgateError } from '../errors.ts';
import { nowSec } from '../lib/clock.ts';
import type { LogoutFinding } from '../providers/provider.ts';
import type { Session } from '../session/session.ts';
import { type Arrived, type Desk, note } from './desk.ts';
import { contentTypeOf, readFields } from './form.ts';
import { providerOf } from './provider-start.ts';

type End = Extract<LogoutFinding, { kind: 'end' }>;

/**
 * A provider says by itself that somebody has signed out there (OpenID Connect Back-Channel Logout 1.0). It is no browser: not
 * its `Origin` but the signature of its token lets it. Answers by §2.8: 200, or 400 where nothing was ended.
 */
export async function endByProvider(desk: Desk, request: Request, response: Arrived): Promise<void> {
  const provider = providerOf(desk, request);
  const refuse = (error: string, description: string): void => {
    note(desk, response, 'refused', '', 'bad-logout-token');
    response.status(400).json({ error, error_description: description });
  };
  if (contentTypeOf(request) !== 'application/x-www-form-urlencoded') {
    refuse('invalid_request', 'Send logout_token as application/x-www-form-urlencoded.');
    return;
  }
  try {
    const { logout_token: token = '' } = readFields(request, ['logout_token']);
    const finding = await provider.readLogoutToken(token);
    if (finding.kind === 'refused') {
      desk.warn(`a logout token was refused (${provider.id})`, finding.detail);
      refuse('invalid_request', 'The logout token cannot be verified.');
      return;
    }
    const { tokenId, expiresAtSec } = finding;
    // However long the id is, and whatever is in it.
    const id = createHash('sha256')
      .update(JSON.stringify([provider.issuer, tokenId]))
      .digest('base64url');
    if (!(await desk.once(`logout:${id}`, expiresAtSec))) {
      refuse('invalid_request', 'The logout token has been used.');
      return;
    }
    await end(desk, response, finding);
    response.json({ signed_out: true });
  } catch (error) {
    if (!(error instanceof DashgateError)) throw error;
    desk.warn(`a provider could not end a session (${provider.id})`, error);
    refuse('logout_failed', 'Nothing was ended. Try again with another token.');
  }
}

/** By `sid` that session alone, else all of the subject (§2.7). */
async function end(desk: Desk, response: Arrived, { sub, sid }: End): Promise<void> {
  const { clock, elsewhere, live, metrics, sessions, warn } = desk;
  if (sid !== null) {
    for (const { jti } of sessions.endAt(sid)) {
      live.drop(jti);
      // Where it outlives the session there (`offline_access`). Nobody waits for it.
      void elsewhere.providers.forget(jti).catch((error: Error) => warn('a refresh token could not be revoked', error));
    }
  } else if (sub !== null) {
    sessions.endAllOf(sub, nowSec(clock));
    for (const { jti } of await live.of(sub)) live.drop(jti);
  }
  await sessions.confirmEnds();
  note(desk, response, 'logout', sub ?? '', sid === null ? 'back-channel' : 'back-channel-session');
  metrics.signedOut();
}

/**
 * Where to go so that a session that has just ended ends at its provider too (OpenID Connect RP-Initiated Logout 1.0 §2).
 * @returns `null` where no provider vouched for it, or there is no such place
 */
export async function signOutElsewhere({ hosts, elsewhere, own }: Desk, session: Session | null): Promise<URL | null> {
  if (!session?.provider) return null;
  const idToken = await elsewhere.idTokens.take(session.jti);
  const provider = elsewhere.providers.findBySub(session.sub);
  if (provider?.issuer !== session.provider.issuer) return null;
  return provider.signOutAt(idToken, `${hosts.signIn}${own.logout}`);
}
