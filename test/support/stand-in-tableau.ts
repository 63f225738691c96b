import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';

/** The connected app that the stand-in knows, and its user. */
export const CONNECTED_APP = {
  clientId: '0f1e2d3c-0000-4000-8000-000000000001',
  secretId: 'aaaabbbb-0000-4000-8000-000000000002',
  secret: 'c2VjcmV0LXZhbHVlLTMyLWJ5dGVzLWxvbmctZm9yLWhtYWM=',
} as const;

/** A request as the stand-in got it. */
export interface TableauSaw {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** Of the API token that it carried; empty: none that counts. */
  readonly user: string;
  /** Which of its connections it came on, counted from 0. */
  readonly connection: number;
}

export interface StandInTableau extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  readonly seen: readonly TableauSaw[];
  /** The API tokens that count now, by user. */
  readonly sessions: ReadonlyMap<string, string>;
  /** Ends API tokens, as an idle limit or an administrator does; without a user all of them. */
  end(user?: string): void;
  /** Stands before everything else while it is set; it returns whether it has answered. */
  intercept: ((request: IncomingMessage, response: ServerResponse, body: string) => boolean) | null;
}

export interface StandInOptions {
  readonly users?: readonly string[];
  readonly sites?: readonly string[];
  readonly isEnabled?: boolean;
  /** What it says about how long an API token counts. */
  readonly life?: string;
  /** For what the REST API does not have; the user is that of the API token. */
  readonly answer?: (request: IncomingMessage, response: ServerResponse, user: string) => void;
}

type Claims = Readonly<Record<string, unknown>>;

/**
 * A server that takes connected apps' tokens by the rules that Tableau documents, and has as much of its REST API as a sign-in
 * needs. It is no Tableau: what holds here has not been run against the real one.
 */
export async function startStandInTableau(options: StandInOptions = {}): Promise<StandInTableau> {
  const { users = ['alice@example.com'], sites = ['acme'], isEnabled = true, life = '3:59:59', answer } = options;
  const seen: TableauSaw[] = [];
  const sessions = new Map<string, string>();
  const used = new Set<string>();
  const sockets = new Set<Socket>();
  const numbers = new WeakMap<Socket, number>();
  let connections = 0;

  /** @returns the user, or the code by which the token is refused */
  function judge(jwt: string): string | number {
    const [head = '', payload = '', signature = '', ...more] = jwt.split('.');
    const [header, claims] = [json(head), json(payload)];
    if (!header || !claims || more.length > 0) return 10084;
    if (header.alg !== 'HS256') return 10087;
    const issuers = [header.iss, claims.iss].filter((iss) => iss !== undefined);
    if (typeof header.kid !== 'string' || issuers.length === 0) return 10083;
    if (issuers.some((iss) => iss !== CONNECTED_APP.clientId)) return 10089;
    if (header.kid !== CONNECTED_APP.secretId) return 10085;
    const right = createHmac('sha256', CONNECTED_APP.secret).update(`${head}.${payload}`).digest();
    const given = Buffer.from(signature, 'base64url');
    if (given.length !== right.length || !timingSafeEqual(given, right)) return 10084;
    if (!isEnabled) return 10090;
    const now = Date.now() / 1000;
    if (claims.aud !== 'tableau' || typeof claims.sub !== 'string') return 10084;
    if (typeof claims.exp !== 'number' || claims.exp <= now) return 10084;
    if (claims.exp > now + 600 + 5) return 10096;
    if (typeof claims.jti !== 'string' || used.has(claims.jti) || !Array.isArray(claims.scp)) return 10084;
    used.add(claims.jti);
    return users.includes(claims.sub) ? claims.sub : 16;
  }

  const signIn = (request: IncomingMessage, response: ServerResponse, body: string) => {
    const isJson = /json/.test(request.headers['content-type'] ?? '');
    const { jwt, site } = isJson ? fromJson(body) : fromXml(body);
    if (jwt === null) return fail(request, response, 400, '400000', 'Bad Request', 'no credentials');
    const found = judge(jwt);
    const detail = 'Error signing in to Tableau Server';
    if (typeof found === 'number')
      return fail(request, response, 401, '401001', 'Signin Error', `${detail} (${found})`);
    if (!sites.includes(site ?? '')) return fail(request, response, 401, '401001', 'Signin Error', `${detail} (16)`);
    const token = `${randomUUID()}|${randomUUID()}`;
    sessions.set(token, found);
    const said = {
      site: { id: `site-${site}`, contentUrl: site },
      user: { id: `user-${found}` },
      ...{ token, estimatedTimeToExpiration: life },
    };
    if (wantsJson(request)) return sendJson(response, 200, { credentials: said });
    sendXml(
      response,
      200,
      `<credentials token="${token}" estimatedTimeToExpiration="${life}"><site id="${said.site.id}" contentUrl="${site}"/><user id="${said.user.id}"/></credentials>`,
    );
  };

  const server = createServer(async (request, response) => {
    const body = await text(request).catch(() => null);
    if (body === null) return;
    const { method = '', url = '', headers } = request;
    const apiToken = String(headers['x-tableau-auth'] ?? '');
    const user = sessions.get(apiToken) ?? '';
    seen.push({ method, url, headers, body, user, connection: numbers.get(request.socket) ?? -1 });
    if (stand.intercept?.(request, response, body)) return;
    const path = /^\/api\/\d+\.\d+(\/[^?]*)/.exec(url)?.[1];
    if (method === 'POST' && path === '/auth/signin') return signIn(request, response, body);
    if (path !== undefined && user === '')
      return fail(request, response, 401, '401002', 'Unauthorized Access', 'Invalid authentication credentials');
    if (method === 'POST' && path === '/auth/signout') {
      sessions.delete(apiToken);
      return void response.writeHead(204).end();
    }
    if (answer) return answer(request, response, user);
    if (path !== undefined && /^\/sites\/[^/]+\/workbooks$/.test(path)) {
      const pagination = { pageNumber: '1', pageSize: '1', totalAvailable: '7' };
      return sendJson(response, 200, { pagination, workbooks: { workbook: [{ name: `seen by ${user}` }] } });
    }
    fail(request, response, 404, '404003', 'Not Found', 'There is no such thing');
  });
  server.on('connection', (socket) => {
    numbers.set(socket, connections++);
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const stand: StandInTableau = {
    port,
    url: `http://127.0.0.1:${port}`,
    seen,
    sessions,
    end(user) {
      for (const [token, of] of sessions) if (user === undefined || of === user) sessions.delete(token);
    },
    intercept: null,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
  return stand;
}

function json(part: string): Claims | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null ? { ...value } : null;
  } catch {
    return null;
  }
}

interface Asked {
  readonly jwt: string | null;
  readonly site: string | null;
}

function fromJson(body: string): Asked {
  try {
    const { credentials }: { credentials?: { jwt?: string; site?: { contentUrl?: string } } } = JSON.parse(body);
    return { jwt: credentials?.jwt ?? null, site: credentials?.site?.contentUrl ?? null };
  } catch {
    return { jwt: null, site: null };
  }
}

/** Strict about the characters that an attribute cannot hold as they are, as every XML parser is. */
function fromXml(body: string): Asked {
  const found =
    /^<tsRequest>\s*<credentials jwt="([^"<]*)"[^<>]*>\s*<site contentUrl="([^"<]*)"\s*\/>\s*<\/credentials>\s*<\/tsRequest>$/.exec(
      body.trim(),
    );
  const plain = (text: string | undefined): string | null =>
    text === undefined || /&(?!(?:amp|lt|gt|quot|apos|#\d+);)/.test(text)
      ? null
      : text.replace(
          /&(amp|lt|gt|quot|apos);/g,
          (_all, one: string) => ({ amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" })[one] ?? '',
        );
  return { jwt: plain(found?.[1]), site: plain(found?.[2]) };
}

const wantsJson = ({ headers }: IncomingMessage): boolean => /json/.test(headers.accept ?? '');

function fail(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  code: string,
  summary: string,
  detail: string,
): void {
  if (wantsJson(request)) sendJson(response, status, { error: { summary, detail, code } });
  else
    sendXml(response, status, `<error code="${code}"><summary>${summary}</summary><detail>${detail}</detail></error>`);
}

function sendJson(response: ServerResponse, status: number, value: object): void {
  response.writeHead(status, { 'Content-Type': 'application/json;charset=UTF-8' }).end(JSON.stringify(value));
}

function sendXml(response: ServerResponse, status: number, inner: string): void {
  response.writeHead(status, { 'Content-Type': 'application/xml;charset=UTF-8' });
  response.end(
    `<?xml version="1.0" encoding="UTF-8"?><tsResponse xmlns="http://tableau.com/api">${inner}</tsResponse>`,
  );
}
