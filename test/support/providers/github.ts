import { randomUUID } from 'node:crypto';
import { type Answer, type Asked, authorizationOf, createCodes, isBasic, type Site } from './cloud.ts';
import { CLIENT, SECRET } from './stage.ts';

export interface Github {
  readonly sites: Readonly<Record<string, Site>>;
  user: { id: number; login: string; name: string | null };
  emails: { email: string; primary: boolean; verified: boolean }[];
  orgs: { login: string; id: number }[];
  teams: { slug: string; organization: { login: string } }[];
  /** What people agree to, of what is asked for; `null`: all. */
  grants: string | null;
  /** Good access tokens, with their scopes. */
  readonly tokens: Map<string, readonly string[]>;
  /** Its access tokens run out and have refresh tokens, good once each: a GitHub App. */
  isApp: boolean;
  /** Answers every question so, in place of what is known. */
  instead: ((asked: Asked) => Answer | null) | null;
}

/**
 * GitHub as docs.github.com describes it: tokens in a form unless JSON is asked for, errors with 200, the client only in the body, scopes
 * with commas, lists in pages of 30 behind a `Link` header, no answer without a User-Agent.
 * @param enterprise - the host of an Enterprise Server, whose API is below `/api/v3`
 */
export function createGithub(enterprise: string | null = null): Github {
  const codes = createCodes();
  const [host, apiHost, root] = enterprise ? [enterprise, enterprise, '/api/v3'] : ['github.com', 'api.github.com', ''];

  const oauth: Site = (asked) => {
    if (asked.path === '/login/oauth/authorize') return codes.give(asked);
    if (asked.path !== '/login/oauth/access_token' || asked.method !== 'POST') return null;
    const said = (value: Record<string, string>): Answer =>
      asked.headers.accept?.includes('application/json') ? { json: value } : { form: value };
    const { form } = asked;
    if (form.get('client_id') !== CLIENT || form.get('client_secret') !== SECRET)
      return said({ error: 'incorrect_client_credentials', error_description: 'The client_id is not known.' });
    const isRefresh = form.get('grant_type') === 'refresh_token';
    const begun = isRefresh ? github.tokens.delete(form.get('refresh_token') ?? '') && form : codes.redeem(form);
    if (!begun) {
      const error = isRefresh ? 'bad_refresh_token' : 'bad_verification_code';
      return said({ error, error_description: 'It is incorrect or expired.' });
    }
    if (github.isApp) return said(appTokens());
    const scopes = (github.grants ?? begun.get('scope') ?? '').split(/[ ,]/);
    const token = `gho_${randomUUID()}`;
    github.tokens.set(token, scopes);
    return said({ access_token: token, scope: scopes.join(','), token_type: 'bearer' });
  };

  const appTokens = (): Record<string, string> => {
    const [access, refresh] = [`ghu_${randomUUID()}`, `ghr_${randomUUID()}`];
    github.tokens.set(access, ['user:email', 'read:org']).set(refresh, []);
    return {
      ...{ access_token: access, expires_in: '28800', scope: '', token_type: 'bearer' },
      ...{ refresh_token: refresh, refresh_token_expires_in: '15811200' },
    };
  };

  const api: Site = (asked) => {
    const instead = github.instead?.(asked);
    if (instead) return instead;
    if (!asked.headers['user-agent']) return { status: 403, json: { message: 'Request forbidden' } };
    const path = asked.path.slice(root.length);
    if (path === `/applications/${CLIENT}/token`) return revoke(asked);
    const { scheme, value } = authorizationOf(asked);
    const scopes = ['bearer', 'token'].includes(scheme) ? github.tokens.get(value) : undefined;
    if (!scopes) return { status: 401, json: { message: 'Bad credentials' } };
    const list = (needed: readonly string[], items: readonly unknown[]): Answer =>
      needed.some((scope) => scopes.includes(scope))
        ? pageOf(asked, items)
        : { status: 403, json: { message: 'Resource not accessible' } };
    if (path === '/user') return { json: github.user };
    if (path === '/user/emails') return list(['user:email', 'user'], github.emails);
    if (path === '/user/orgs') return list(['read:org', 'user'], github.orgs);
    if (path === '/user/teams') return list(['read:org'], github.teams);
    return null;
  };

  const revoke = (asked: Asked): Answer => {
    if (asked.method !== 'DELETE' || !isBasic(asked, CLIENT, SECRET)) return { status: 404, json: {} };
    const { access_token: token } = JSON.parse(asked.body);
    return github.tokens.delete(token) ? { status: 204 } : { status: 404, json: {} };
  };

  const both: Site = async (asked) => (await oauth(asked)) ?? api(asked);
  const github: Github = {
    sites: host === apiHost ? { [host]: both } : { [host]: oauth, [apiHost]: api },
    user: { id: 583231, login: 'Mica', name: 'Mica Öz' },
    emails: [
      { email: 'mica@old.example.org', primary: false, verified: true },
      { email: 'mica@example.com', primary: true, verified: true },
    ],
    orgs: [{ login: 'Acme', id: 1 }],
    teams: [{ slug: 'finance', organization: { login: 'Acme' } }],
    grants: null,
    tokens: new Map(),
    isApp: false,
    instead: null,
  };
  return github;
}

function pageOf({ host, path, query }: Asked, items: readonly unknown[]): Answer {
  const size = Math.min(Number(query.get('per_page') ?? 30), 100);
  const page = Number(query.get('page') ?? 1);
  const isLast = page * size >= items.length;
  const next = `<https://${host}${path}?per_page=${size}&page=${page + 1}>; rel="next", <https://${host}${path}>; rel="last"`;
  return { json: items.slice((page - 1) * size, page * size), ...(!isLast && { headers: { Link: next } }) };
}
