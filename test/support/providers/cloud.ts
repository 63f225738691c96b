import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** What somebody asked one of the servers of a cloud. */
export interface Asked {
  readonly host: string;
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Of a form. */
  readonly form: URLSearchParams;
}

export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly form?: Readonly<Record<string, string>>;
}

/** @returns `null` where there is nothing at that path */
export type Site = (asked: Asked) => Answer | null | Promise<Answer | null>;

/** Servers under the names of others: what asks for `https://github.com/…` through it reaches the stand-in. */
export interface Cloud extends AsyncDisposable {
  readonly sites: Map<string, Site>;
  readonly asked: Asked[];
  /** For dashgate. */
  readonly fetch: typeof fetch;
  /** For a browser: the port of whatever host is one of ours. */
  portOf(url: URL): number | null;
}

const HOST = 'x-stand-in-for';

export async function startCloud(sites: Readonly<Record<string, Site>>): Promise<Cloud> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const cloud: Cloud = {
    sites: new Map(Object.entries(sites)),
    asked: [],
    fetch: (input, init) => {
      const url = new URL(String(input));
      if (!cloud.sites.has(url.host)) return Promise.reject(new TypeError(`nobody stands in for ${url.host}`));
      const headers = new Headers(init?.headers);
      headers.set(HOST, url.host);
      return fetch(`http://127.0.0.1:${port}${url.pathname}${url.search}`, { ...init, headers });
    },
    portOf: ({ host }) => (cloud.sites.has(host) ? port : null),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  server.on('request', async (request, response) => {
    const host = String(request.headers[HOST] ?? request.headers.host);
    const { pathname, searchParams } = new URL(request.url ?? '', `https://${host}`);
    const body = await text(request);
    const isForm = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded');
    const asked: Asked = {
      ...{ host, method: request.method ?? '', path: pathname, query: searchParams, headers: request.headers, body },
      form: new URLSearchParams(isForm ? body : ''),
    };
    cloud.asked.push(asked);
    const { status = 200, headers = {}, json, form } = (await cloud.sites.get(host)?.(asked)) ?? { status: 404 };
    const type = form ? 'application/x-www-form-urlencoded' : 'application/json';
    const said = form ? String(new URLSearchParams(form)) : json === undefined ? '' : JSON.stringify(json);
    response.writeHead(status, { ...(said !== '' && { 'Content-Type': type }), ...headers }).end(said);
  });
  return cloud;
}

/** Codes that are good once, for who began and where they began (RFC 6749 §4.1.3, RFC 7636 §4.6). */
export interface Codes {
  /** Sends the browser back, as somebody who is signed in there and agrees. */
  give(asked: Asked, more?: Readonly<Record<string, string>>): Answer;
  /** @returns what was asked for; `null` where the code is not good */
  redeem(form: URLSearchParams): URLSearchParams | null;
}

export function createCodes(checksPkce = true): Codes {
  const open = new Map<string, URLSearchParams>();
  return {
    give({ query }, more = {}) {
      const code = randomUUID();
      open.set(code, query);
      const back = new URL(query.get('redirect_uri') ?? '');
      const said = { code, state: query.get('state') ?? '', ...more };
      for (const [name, value] of Object.entries(said)) back.searchParams.set(name, value);
      return { status: 302, headers: { Location: back.href } };
    },
    redeem(form) {
      const code = form.get('code') ?? '';
      const asked = open.get(code);
      open.delete(code);
      if (!asked || asked.get('redirect_uri') !== form.get('redirect_uri')) return null;
      const challenge = createHash('sha256')
        .update(form.get('code_verifier') ?? '')
        .digest('base64url');
      const isProved = asked.get('code_challenge_method') === 'S256' && asked.get('code_challenge') === challenge;
      return isProved || !checksPkce ? asked : null;
    },
  };
}

/** What an Authorization header says, by its scheme in lower case. */
export function authorizationOf({ headers }: Asked): { readonly scheme: string; readonly value: string } {
  const [scheme = '', value = ''] = (headers.authorization ?? '').split(' ', 2);
  return { scheme: scheme.toLowerCase(), value };
}

/** Whether somebody shows these Basic credentials, each part form-encoded (RFC 6749 §2.3.1) or not. */
export function isBasic(asked: Asked, user: string, password: string): boolean {
  const { scheme, value } = authorizationOf(asked);
  const plain = decodeURIComponent(Buffer.from(value, 'base64').toString());
  return scheme === 'basic' && plain === `${user}:${password}`;
}
