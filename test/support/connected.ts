import { createHmac, randomUUID } from 'node:crypto';

/** The connected app of the tests; the secret is that of the vector in docs/connected-apps.md. */
export const CLIENT = '0f1e2d3c-0000-4000-8000-000000000001';
export const SECRET_ID = 'aaaabbbb-0000-4000-8000-000000000002';
export const SECRET = 'c2VjcmV0LXZhbHVlLTMyLWJ5dGVzLWxvbmctZm9yLWhtYWM=';

/** As it stands in the configuration. */
export const connectedApp = (more: object = {}) => ({
  client_id: CLIENT,
  secrets: [{ id: SECRET_ID, value: SECRET }],
  apps: ['sales'],
  ...more,
});

const part = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** Signs whatever is given: a text is taken as it stands. */
export function signRaw(header: unknown, payload: unknown, secret = SECRET): string {
  const body = `${part(header)}.${part(payload)}`;
  return `${body}.${createHmac('sha256', secret).update(body).digest('base64url')}`;
}

export interface Minted {
  readonly claims?: object;
  readonly header?: object;
  readonly secret?: string;
  /** What the clock of the application says. */
  readonly nowSec?: number;
}

/** A token as an application makes it, with some of it changed; `undefined` leaves out. */
export function mint({
  claims = {},
  header = {},
  secret,
  nowSec = Math.floor(Date.now() / 1000),
}: Minted = {}): string {
  return signRaw(
    { alg: 'HS256', typ: 'JWT', iss: CLIENT, kid: SECRET_ID, ...header },
    {
      ...{ iss: CLIENT, sub: 'alice@example.com', aud: 'tableau', exp: nowSec + 300, jti: randomUUID() },
      scp: ['tableau:views:embed'],
      ...claims,
    },
    secret,
  );
}
