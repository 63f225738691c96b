import { APPS, type Gate, type GateOptions, startGate, type User } from './gate.ts';
import type { PlainResponse } from './parse-response.ts';

/** The apps of the tests, where `bearer` counts too. */
export const BEARER_APPS = APPS.map((app) => ({ ...app, credentials: ['cookie', 'basic', 'bearer'] }));

/** A dashgate whose apps take tokens. */
export const startTokenGate = (options: GateOptions = {}): Promise<Gate> =>
  startGate({ apps: BEARER_APPS, ...options });

export interface MadeToken {
  readonly token: string;
  readonly id: string;
  readonly name: string;
  readonly resources: readonly string[] | null;
  readonly made_at: number;
  readonly expires_at: number;
  readonly used_at: number | null;
}

const JSON_BODY = { 'Content-Type': 'application/json' };

/** Asks the API of tokens, as a program that has a session. */
export const askTokens = (
  gate: Gate,
  cookie: string,
  method: string,
  body?: object,
  path = '',
): Promise<PlainResponse> =>
  gate.ask(`/_dashgate/tokens${path}`, {
    method,
    headers: { ...JSON_BODY, Cookie: cookie },
    ...(body && { body: JSON.stringify(body) }),
  });

/** Signs in and makes a token. */
export async function makeToken(gate: Gate, user: User, asked: object = {}): Promise<MadeToken> {
  const cookie = await gate.signIn(user);
  const answer = await askTokens(gate, cookie, 'POST', { name: 'nightly', ...asked });
  if (answer.status !== 201) throw new Error(`making a token was answered ${answer.status} ${answer.body}`);
  return JSON.parse(answer.body);
}

export const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });

/** What a request with this token is answered, by the proxy and by the check for nginx. */
export async function statusesOf(gate: Gate, token: string, path = '/x', app = 'sales'): Promise<number[]> {
  const [proxied, checked] = await Promise.all([
    gate.ask(path, { headers: bearer(token) }),
    gate.verify(path, { app, headers: bearer(token) }),
  ]);
  return [proxied.status, checked.status];
}
