import { headerValue } from '../../lib/header-value.ts';
import type { Audit } from '../../telemetry/audit.ts';
import type { Asked, At, Vouched } from './connected-apps.ts';
import { parseFields } from './parse-token.ts';
import { subOf } from './people.ts';
import type { Refusal } from './refusal.ts';

/** Of what a token says, so many characters stand in a line, which has 256 for all that was asked. */
const LONGEST = 64;

/**
 * Writes the audit line of a token that was brought: whose it says that it is, and what came of it. Never the token.
 * @param answer - a text: why that could not be found out
 */
export function tell(
  audit: Audit,
  text: string,
  answer: Vouched | Refusal | string,
  at: At,
  { request, from }: Asked,
): void {
  const { header, claims } = parseFields(text);
  const client = said(header.iss ?? claims.iss);
  const what = `${at} client=${client} kid=${said(header.kid)} jti=${said(claims.jti)}`;
  if (typeof answer !== 'string' && answer.kind === 'vouched') {
    audit({ event: 'login', who: answer.identity.sub, what, why: 'connected-app', from, request });
    return;
  }
  // The log itself cuts and escapes it, as every user name that was typed.
  const who = typeof claims.sub === 'string' ? subOf(client, claims.sub) : '';
  const why = typeof answer === 'string' ? answer : `${answer.code} ${answer.name}`;
  audit({ event: 'login-refused', who, what, why, from, request });
}

/** One word of visible ASCII, of a length that no client decides. */
function said(value: unknown): string {
  if (typeof value !== 'string') return '';
  const word = headerValue(value.slice(0, LONGEST).toWellFormed());
  return value.length > LONGEST || word.length > LONGEST ? `${word.slice(0, LONGEST - 3)}...` : word;
}
