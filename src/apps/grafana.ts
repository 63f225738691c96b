import type { AppKind } from './app-kind.ts';
import { web } from './web.ts';

/** Grafana, by its documentation: not run against the real one. */
export const grafana: AppKind = {
  ...web,
  manners: {
    title: 'Grafana',
    pages: '`/`, `/d/…`, `/explore`',
    calls: '`/api/…`, `/public/…`',
    sockets: '`/api/live/ws`',
    below: { path: 'kept', by: '`root_url = https://HOST/x/` and `serve_from_sub_path = true`' },
    behind: '`[auth.proxy]` or `[auth.jwt]`, and its own login off: docs/identity.md',
    afterEnd: 'shows errors in its panels; goes on with the next refresh of a new session',
  },
  isPoll: (method, ownPath) =>
    method === 'GET' && /^\/api\/(?:health|live\/ws|prometheus\/grafana)(?:\/|$)/.test(ownPath),
  // Grafana looks for a new key only once those that it keeps have run out: sooner than one signs.
  takesAssertions: ({ issuer, audience, keys, isBearer }) => ({
    file: 'grafana.ini',
    lines: [
      ...['[auth.jwt]', 'enabled = true', `header_name = ${isBearer ? 'Authorization' : 'X-Dashgate-Assertion'}`],
      ...[
        `jwk_set_url = ${keys}`,
        'cache_ttl = 5m',
        `expect_claims = ${JSON.stringify({ iss: issuer, aud: audience })}`,
      ],
      ...['username_claim = user', 'email_claim = email', 'groups_attribute_path = groups', 'auto_sign_up = true'],
    ],
  }),
  isShared: (_method, ownPath) => /^\/(?:public\/.|(?:favicon\.ico|robots\.txt)$)/.test(ownPath),
};
