import { STATUS_CODES } from 'node:http';
import type { App } from '../access/app.ts';
import { parseBasic } from '../identity/basic.ts';
import type { AppKind } from './app-kind.ts';

/**
 * TabPy, as Tableau, its own client, scripts and Postman know it (TabPy 2.16): what is open there, how it refuses, and what
 * `/info` says of signing in.
 */
export const tabpy: AppKind = {
  manners: {
    title: 'TabPy',
    pages: '`/`',
    calls: '`/info`, `/status`, `/evaluate`, `/query/…`, `/endpoints…`, `/configurations/…`',
    sockets: '',
    below: { path: 'kept', by: '`Subdirectory` in `state.ini`' },
    behind: '',
    afterEnd: 'its programs send their password with each call, and say what they were answered',
  },
  takesAssertions: ({ issuer, audience, keys, isBearer }) =>
    isBearer
      ? {
          file: 'tabpy.conf',
          lines: [
            ...['[TabPy]', 'TABPY_OAUTH_ENABLED = true', `TABPY_OAUTH_ISSUER = ${issuer}`],
            ...[`TABPY_OAUTH_JWKS_URI = ${keys}`, `TABPY_OAUTH_AUDIENCE = ${audience}`],
          ],
        }
      : null,
  isOpen: (method, ownPath) =>
    method === 'OPTIONS' ? isApi(ownPath) && !ownPath.startsWith('/query/') : isRead(method) && STATIC.has(ownPath),
  // Clients look here first, whatever they go on to ask for.
  isShared: (method, ownPath) => isRead(method) && (ownPath === '/info' || ownPath === '/status'),
  // Each request comes with its password, or from a person.
  isPoll: () => false,
  tellsUseByBody: () => false,
  voice: {
    isForPrograms: isApi,
    realm: 'TabPy Server',
    contentType: 'application/json',
    body: (status, sentence) =>
      `{"message": ${JSON.stringify(MESSAGES.get(status) ?? sentence)}, "info": ${JSON.stringify(infoOf(status))}}`,
  },
  rewritten: ['/info'],
  rewrite(app, method, ownPath) {
    if (method !== 'GET' || ownPath !== '/info' || leavesAllToUpstream(app)) return null;
    return (body) => withAuthentication(body, app);
  },
  refusesCredentials: (app, ownPath, authorization) =>
    app.credentials.length === 0 && !leavesAllToUpstream(app) && isApi(ownPath) && isPair(authorization),
};

/** What TabPy answers by a handler of its own; all else is static files. Told generously, as it opens nothing but OPTIONS. */
function isApi(ownPath: string): boolean {
  return /^\/(?:info|status|evaluate|endpoints|query|configurations)(?:\/|$)/.test(ownPath);
}

/** The page that TabPy ships, and its pictures. Further files of `TABPY_STATIC_PATH` are for `public` to name. */
const STATIC = new Set(['/', '/index.html', '/tableau.png', '/TabPy_logo.png']);

const isRead = (method: string): boolean => method === 'GET' || method === 'HEAD';

/** One sentence for an absent, a malformed and a wrong credential, like TabPy's own. */
const MESSAGES = new Map([
  [401, 'Invalid credentials provided.'],
  [406, 'Username or password provided when authentication not available.'],
]);
const INFOS = new Map([
  [401, 'Unauthorized request.'],
  [403, 'Forbidden request.'],
]);
const infoOf = (status: number): string => INFOS.get(status) ?? STATUS_CODES[status] ?? '';

/** dashgate asks for nothing and hands on what comes: TabPy itself looks at passwords, and says so. */
const leavesAllToUpstream = ({ credentials, upstreamAuth }: App): boolean =>
  credentials.length === 0 && upstreamAuth === 'own';

/** As TabPy reads one: a pair with a single colon. It takes anything else for no credentials at all. */
function isPair(authorization: string): boolean {
  const given = parseBasic(authorization);
  return given !== null && !given.password.includes(':');
}

/**
 * Clients look here whether they have to send a password: they must see what dashgate asks for, not what the TabPy behind it
 * does.
 * @throws TypeError, SyntaxError for what is not TabPy's
 */
function withAuthentication(body: string, app: App): string {
  const info: unknown = JSON.parse(body);
  if (!isKeyed(info) || !isKeyed(info.versions)) throw new TypeError('/info has no versions');
  const methods = app.credentials.includes('basic') ? { 'basic-auth': {} } : {};
  const versions = Object.entries(info.versions).map(([name, version]) => {
    if (!isKeyed(version)) throw new TypeError('/info has a version that is no object');
    const { authentication: _theirs, ...features } = isKeyed(version.features) ? version.features : {};
    const ours = app.credentials.length > 0 ? { authentication: { required: true, methods } } : {};
    return [name, { ...version, features: { ...ours, ...features } }];
  });
  return JSON.stringify({ ...info, versions: Object.fromEntries(versions) });
}

const isKeyed = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
