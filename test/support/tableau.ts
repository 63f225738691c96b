import type { Ask, Gate, GateOptions, User } from './gate.ts';
import { PASSWORDS, startGate } from './gate.ts';
import type { PlainResponse } from './parse-response.ts';

type Section = Record<string, unknown>;

/** An API with Tableau's own doors in front of it, and an app beside it that has none. */
export const tableauApps = (more: Section = {}, tableau: Section = {}): Section[] => [
  {
    name: 'sales',
    at: '/',
    upstream: '$UPSTREAM',
    credentials: ['tableau', 'cookie'],
    resources: [{ resource: 'hr', paths: ['/api/*/sites/*/users/**'] }],
    open: ['/**'],
    tableau: { sites: [{ content_url: '' }, { content_url: 'people', resource: 'hr' }], ...tableau },
    ...more,
  },
  { name: 'wiki', at: '/wiki/', upstream: '$UPSTREAM' },
];

export const startTableauGate = ({ apps = tableauApps(), ...options }: GateOptions = {}): Promise<Gate> =>
  startGate({ apps, ...options });

export interface Signed {
  readonly token: string;
  readonly estimatedTimeToExpiration: string;
  readonly site: { readonly id: string; readonly contentUrl: string };
  readonly user: { readonly id: string };
}

const JSON_BODY = { 'Content-Type': 'application/json', Accept: 'application/json' };

/** Asks one of the doors with JSON, and for JSON. */
export const askDoor = (gate: Gate, path: string, body?: object, ask: Ask = {}): Promise<PlainResponse> =>
  gate.ask(`/api/3.27/${path}`, {
    method: 'POST',
    ...ask,
    headers: { ...JSON_BODY, ...ask.headers },
    ...(body && { body: JSON.stringify(body) }),
  });

/** What a door is asked by whoever has a token. */
export const withToken = (token: string): Record<string, string> => ({ 'X-Tableau-Auth': token });

/** Signs in by name and password. */
export async function signedIn(gate: Gate, user: User, contentUrl = ''): Promise<Signed> {
  const credentials = { name: user, password: PASSWORDS[user], site: { contentUrl } };
  const answer = await askDoor(gate, 'auth/signin', { credentials });
  if (answer.status !== 200) throw new Error(`signing in was answered ${answer.status} ${answer.body}`);
  return JSON.parse(answer.body).credentials;
}

/** The code that an answer in JSON has. */
export const codeOf = ({ status, body }: PlainResponse): string =>
  `${status} ${body === '' ? '' : (JSON.parse(body).error?.code ?? '')}`.trim();

/** What a request with this token is answered, by the proxy and by the check for nginx. */
export async function statusesOf(gate: Gate, token: string, path = '/api/3.27/x', app = 'sales'): Promise<number[]> {
  const headers = withToken(token);
  const [proxied, checked] = await Promise.all([gate.ask(path, { headers }), gate.verify(path, { app, headers })]);
  return [proxied.status, checked.status];
}
