import type { App } from '../access/app.ts';
import { wantedProof } from '../access/conditions.ts';
import type { ChallengeReason } from '../access/decide.ts';
import type { AccessRequest } from '../access/request.ts';
import { kindOf } from '../apps/kinds.ts';
import { isBrowser, isNavigation } from '../http/navigation.ts';
import { schemeOf } from '../identity/basic.ts';
import { readSessionCookie } from '../session/cookie.ts';

/** A longer way back would not fit the headers that fronts take; it is three times as long once it is encoded. */
const LONGEST = 2048;

/** Where a person signs in for an app, to come back to the page that was wanted. */
export function loginUrl({ app, method, headers, target, isUpgrade }: AccessRequest): string {
  const isWorth = isNavigation(method, headers, isUpgrade) && target.path.length + target.query.length <= LONGEST;
  const wanted = isWorth ? `${app.origin}${target.path}${target.query}` : `${app.origin}${app.prefix}`;
  return `${app.origin}${app.own.login}?return_to=${encodeURIComponent(wanted)}`;
}

/** In the words of the kind, which its clients know; else with the character set (RFC 7617 §2.1). */
export function basicChallenge(app: App): string {
  const { voice } = kindOf(app);
  return `Basic realm="${app.realm ?? voice?.realm ?? 'dashgate'}"${voice ? '' : ', charset="UTF-8"'}`;
}

/**
 * `WWW-Authenticate` (RFC 9110 §11.6.1) and the login address. Basic is named only to clients that show no password dialog
 * over a dashboard: TabPy's, those that came with Basic, and those without a mark of a browser.
 */
export function challengeHeaders(
  request: AccessRequest,
  cookieName: string,
  reason: ChallengeReason,
): Record<string, string> {
  const { app, headers } = request;
  const hasOurCookie = readSessionCookie(headers.cookie, cookieName).kind !== 'absent';
  const scheme = schemeOf(headers.authorization ?? '');
  const cameWithBasic = scheme === 'basic';
  // In the scheme that it came with (RFC 6750 §3); neither shows a dialog.
  const isBearer = app.credentials.includes('bearer') && scheme === 'bearer';
  const other = `${app.credentials.includes('bearer') ? 'Bearer' : 'Dashgate'} realm="dashgate"`;
  const said = isBearer && isOfToken(reason) ? ', error="invalid_token"' : stepUp(request, reason);
  const basic =
    app.credentials.includes('basic') &&
    (kindOf(app).voice !== null || cameWithBasic || !isBrowser(headers, hasOurCookie)) &&
    !isBearer;
  return {
    'WWW-Authenticate': basic ? basicChallenge(app) : other + said,
    // Where no session counts, the login page has nothing to give.
    ...(app.credentials.includes('cookie') ? { 'X-Dashgate-Login': loginUrl(request) } : {}),
  };
}

/** Whether a challenge says that the token of a request does not hold. */
const isOfToken = (reason: ChallengeReason): boolean =>
  reason === 'bad-token' || reason === 'token-expired' || reason === 'token-revoked';

/** What another proof would have to be, for programs that can get one: the parameters of RFC 9470 §3. */
function stepUp({ conditions }: AccessRequest, reason: ChallengeReason): string {
  if (reason !== 'proof-too-old' && reason !== 'proof-too-weak') return '';
  const { acr, maxAgeSec } = wantedProof(conditions);
  const params = {
    error: 'insufficient_user_authentication',
    ...(maxAgeSec !== null && { max_age: String(maxAgeSec) }),
    ...(acr.length > 0 && { acr_values: acr.join(' ') }),
  };
  return Object.entries(params)
    .map(([name, value]) => `, ${name}="${value.replace(/["\\]/g, '\\$&')}"`)
    .join('');
}
