import { deflateSync } from 'node:zlib';
import { WebSocket } from 'ws';
import { basicOf, type Gate, type User } from './gate.ts';

/** A token that a Bokeh server without signed sessions takes, for a session of its own. @param said - as `headers`, `cookies` */
export function forgeToken(said: object, sessionId = `F${crypto.randomUUID()}`): string {
  const base64 = (text: string | Buffer): string => Buffer.from(text).toString('base64url');
  const payload = { arguments: {}, ...said };
  const expiry = Math.floor(Date.now() / 1000) + 300;
  return base64(
    JSON.stringify({
      session_id: sessionId,
      session_expiry: expiry,
      __bk__zlib_: base64(deflateSync(JSON.stringify(payload))),
    }),
  );
}

/** The token in a page of Bokeh's, or in what embeds one. */
export function tokenIn(page: string): string {
  const [, token] = /"token":"([\w.-]+)"/.exec(page) ?? [];
  if (token === undefined) throw new Error('there is no token in this page');
  return token;
}

/** What a token says, as it stands in it. */
export const payloadOf = (token: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString('utf8'));

/** Opens the websocket of an app as a program can. @returns 101, or the status and the body of the refusal */
export function openSocket(
  { origin, host }: Pick<Gate, 'origin' | 'host'>,
  path: string,
  protocols: string | readonly string[],
  as: User | { readonly headers: Record<string, string> },
): Promise<{ status: number; body: string }> {
  const headers = typeof as === 'string' ? { Authorization: basicOf(as) } : as.headers;
  const offered = typeof protocols === 'string' ? ['bokeh', protocols] : [...protocols];
  const socket = new WebSocket(`ws://${host}${path}`, offered, { origin, headers });
  return new Promise((resolve, reject) => {
    socket.once('open', () => {
      resolve({ status: 101, body: '' });
      // The server begins the session with the first that it has to say.
      socket.once('message', () => socket.close());
    });
    socket.once('unexpected-response', (_request, response) => {
      let body = '';
      response.on('data', (chunk) => {
        body += chunk;
      });
      response.once('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
    socket.once('error', reject);
  });
}
