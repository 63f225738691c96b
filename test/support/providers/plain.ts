import { randomUUID } from 'node:crypto';
import { type Answer, authorizationOf, createCodes, type Site } from './cloud.ts';
import { CLIENT, SECRET } from './stage.ts';

export interface Plain {
  readonly sites: Readonly<Record<string, Site>>;
  user: Record<string, unknown>;
  /** What the token endpoint says beside the tokens, and what the way back has beside the code. */
  more: { token: Record<string, unknown>; back: Record<string, string> };
  /** What the user info says, in place of the user. */
  answer: unknown;
  readonly tokens: Set<string>;
  readonly revoked: string[];
}

const AT = 'https://sso.example.net';
/** Its addresses, as the configuration has them. */
export const PLAIN = { authorize_url: `${AT}/authorize`, token_url: `${AT}/token`, user_url: `${AT}/me` };

/** Any OAuth 2.0 server without OpenID Connect. @param isPublic - it knows the client without a secret, by PKCE alone */
export function createPlain(isPublic = false): Plain {
  const codes = createCodes();
  const site: Site = (asked): Answer | null => {
    const { form, path } = asked;
    if (path === '/authorize') return codes.give(asked, plain.more.back);
    if (path === '/token') {
      const isClient = form.get('client_id') === CLIENT && form.get('client_secret') === (isPublic ? null : SECRET);
      if (!isClient) return { status: 401, json: { error: 'invalid_client' } };
      if (!codes.redeem(form)) return { status: 400, json: { error: 'invalid_grant' } };
      const token = randomUUID();
      plain.tokens.add(token);
      return { json: { access_token: token, token_type: 'bearer', ...plain.more.token } };
    }
    if (path === '/me') {
      const isGood = plain.tokens.has(authorizationOf(asked).value);
      return isGood ? { json: plain.answer ?? plain.user } : { status: 401, json: {} };
    }
    if (path === '/revoke') {
      plain.revoked.push(form.get('token') ?? '');
      return {};
    }
    return null;
  };
  const plain: Plain = {
    sites: { 'sso.example.net': site },
    user: { id: 42, name: 'Mica Öz', email: 'mica@example.com', email_verified: true, groups: ['finance'] },
    more: { token: {}, back: {} },
    answer: null,
    ...{ tokens: new Set<string>(), revoked: [] },
  };
  return plain;
}
