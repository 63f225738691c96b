import { randomUUID } from 'node:crypto';
import { type Answer, type Asked, authorizationOf, createCodes, isBasic, type Site } from './cloud.ts';
import { CLIENT, SECRET } from './stage.ts';

export interface Bitbucket {
  readonly sites: Readonly<Record<string, Site>>;
  user: Record<string, unknown>;
  emails: { email: string; is_primary: boolean; is_confirmed: boolean }[];
  workspaces: string[];
  /** Good access and refresh tokens. */
  readonly tokens: Set<string>;
  /** Where the second page of a list is said to be, in place of where it is. */
  next: string | null;
}

/**
 * Bitbucket Cloud as developer.atlassian.com describes it: no PKCE, the client by Basic alone, `scopes` in place of `scope`, lists in
 * pages that name the next.
 */
export function createBitbucket(): Bitbucket {
  const codes = createCodes(false);
  const oauth: Site = (asked) => {
    if (asked.path === '/site/oauth2/authorize') return codes.give(asked);
    if (asked.path !== '/site/oauth2/access_token' || asked.method !== 'POST') return null;
    if (!isBasic(asked, CLIENT, SECRET)) return { status: 400, json: { error: 'unauthorized_client' } };
    const { form } = asked;
    const refresh = form.get('refresh_token') ?? '';
    const isGood =
      form.get('grant_type') === 'refresh_token' ? bitbucket.tokens.has(refresh) : codes.redeem(form) !== null;
    if (!isGood)
      return { status: 400, json: { error: 'invalid_grant', error_description: 'The specified code is not valid.' } };
    const [access, next] = [randomUUID(), refresh === '' ? randomUUID() : refresh];
    bitbucket.tokens.add(access).add(next);
    return {
      json: {
        ...{ access_token: access, refresh_token: next, token_type: 'bearer', expires_in: 7200 },
        ...{ scopes: 'account email', state: form.get('grant_type') },
      },
    };
  };
  const api: Site = (asked) => {
    if (!bitbucket.tokens.has(authorizationOf(asked).value))
      return {
        status: 401,
        headers: { 'WWW-Authenticate': 'OAuth realm="Bitbucket.org HTTP"' },
        json: { type: 'error', error: { message: 'Access token expired.' } },
      };
    if (asked.path === '/2.0/user') return { json: bitbucket.user };
    if (asked.path === '/2.0/user/emails') return pageOf(asked, bitbucket.emails);
    if (asked.path === '/2.0/user/workspaces')
      return pageOf(
        asked,
        bitbucket.workspaces.map((slug) => ({
          ...{ type: 'workspace_access', administrator: false },
          workspace: { type: 'workspace_base', uuid: `{${slug}}`, slug },
        })),
      );
    return null;
  };
  const pageOf = ({ path, query }: Asked, items: readonly unknown[]): Answer => {
    const size = Math.min(Number(query.get('pagelen') ?? 10), 100);
    const page = Number(query.get('page') ?? 1);
    const next = bitbucket.next ?? `https://api.bitbucket.org${path}?pagelen=${size}&page=${page + 1}`;
    const isLast = page * size >= items.length;
    return { json: { values: items.slice((page - 1) * size, page * size), page, ...(!isLast && { next }) } };
  };
  const bitbucket: Bitbucket = {
    sites: { 'bitbucket.org': oauth, 'api.bitbucket.org': api },
    user: {
      ...{
        type: 'user',
        uuid: '{d301aafa-d676-4ee0-88be-962be7417567}',
        account_id: '557058:c0b72ad0',
        nickname: 'mica',
      },
      ...{ display_name: 'Mica Öz', username: 'mica' },
    },
    emails: [{ email: 'mica@example.com', is_primary: true, is_confirmed: true }],
    workspaces: ['acme'],
    tokens: new Set(),
    next: null,
  };
  return bitbucket;
}
