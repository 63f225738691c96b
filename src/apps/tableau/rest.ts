import { TableauUnavailable } from '../../errors.ts';
import { at } from '../../lib/at.ts';
import { createBoundedFetch } from '../../lib/bounded-fetch.ts';
import { escapeXml, isXmlText } from '../../lib/xml-text.ts';
import { readRefusal, type TableauRefusal } from './refusal.ts';

/** A site of a Tableau, and how its REST API is asked. */
export interface TableauSite {
  /** An origin: `https://tableau.example.com`. */
  readonly server: string;
  /** As `3.22`. */
  readonly apiVersion: string;
  /** Its `contentUrl`; empty: the default site. */
  readonly site: string;
}

/** What a sign-in gives. */
export interface ApiSession {
  /** For `X-Tableau-Auth`. */
  readonly apiToken: string;
  readonly siteId: string;
  readonly userId: string;
  /** So long it counts by the server's own estimate, in milliseconds; `null`: it does not say. */
  readonly lifeMs: number | null;
}

export type Outcome<T> =
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'refused'; readonly refusal: TableauRefusal };

/** Each throws TableauUnavailable where there is no answer in time, or none that can be understood. Redirects are not followed. */
export interface TableauRest {
  /** @param token - of a connected app */
  signIn(token: string): Promise<Outcome<ApiSession>>;
  /** @param path - below the site: `/workbooks?pageSize=1` @returns what the JSON says */
  ask(session: ApiSession, path: string): Promise<Outcome<unknown>>;
  signOut(session: Pick<ApiSession, 'apiToken'>): Promise<Outcome<null>>;
}

const MOST_BYTES = 1024 * 1024;

export interface RestOptions {
  readonly timeoutMs?: number;
  readonly fetch?: typeof globalThis.fetch | undefined;
}

export function createTableauRest(
  { server, apiVersion, site }: TableauSite,
  { timeoutMs = 10_000, fetch }: RestOptions = {},
): TableauRest {
  const bounded = createBoundedFetch({ timeoutMs, mostBytes: MOST_BYTES, fetch });
  const base = `${server}/api/${apiVersion}`;

  async function send(
    what: string,
    place: string,
    asked: { method: string; headers: Record<string, string>; body?: string },
    secrets: readonly string[],
  ): Promise<Outcome<string>> {
    const answer = await bounded(base + place, asked)
      .then(async (response) => ({ status: response.status, body: await response.text() }))
      .catch((cause: unknown) => {
        throw new TableauUnavailable(`${server}: ${what} got no answer`, { cause });
      });
    const { status, body } = answer;
    if (status >= 200 && status < 300) return { kind: 'done', value: body };
    if (status >= 300 && status < 400)
      throw new TableauUnavailable(
        `${server}: ${what} was answered by a redirect (${status}), which would take the token elsewhere; name the address that it leads to`,
      );
    const refusal = readRefusal(status, body, secrets);
    if (status >= 500 || status === 429)
      throw new TableauUnavailable(
        `${server}: ${what} was answered ${status}${refusal.detail && `: ${refusal.detail}`}`,
      );
    return { kind: 'refused', refusal };
  }

  return {
    async signIn(token) {
      if (!isXmlText(token + site)) throw new TypeError('XML has no way to say that');
      const [jwt, contentUrl] = [escapeXml(token), escapeXml(site)];
      const body = `<tsRequest><credentials jwt="${jwt}"><site contentUrl="${contentUrl}"/></credentials></tsRequest>`;
      const headers = { 'Content-Type': 'application/xml', Accept: 'application/json' };
      const said = await send('the sign-in', '/auth/signin', { method: 'POST', headers, body }, [token]);
      if (said.kind === 'refused') return said;
      const value = readSession(said.value);
      if (!value)
        throw new TableauUnavailable(`${server}: the sign-in was not answered as Tableau does; check the address`);
      return { kind: 'done', value };
    },
    async ask({ apiToken, siteId }, path) {
      const headers = { 'X-Tableau-Auth': apiToken, Accept: 'application/json' };
      const place = `/sites/${encodeURIComponent(siteId)}${path}`;
      const said = await send('the query', place, { method: 'GET', headers }, [apiToken]);
      if (said.kind === 'refused') return said;
      try {
        const value: unknown = JSON.parse(said.value);
        return { kind: 'done', value };
      } catch {
        throw new TableauUnavailable(`${server}: the query was not answered in JSON`);
      }
    },
    async signOut({ apiToken }) {
      const headers = { 'X-Tableau-Auth': apiToken, Accept: 'application/json' };
      const said = await send('the sign-out', '/auth/signout', { method: 'POST', headers }, [apiToken]);
      return said.kind === 'refused' ? said : { kind: 'done', value: null };
    },
  };
}

/** What goes into a header as it is. */
const HEADER_TEXT = /^[\x21-\x7e]{1,4096}$/;

function readSession(body: string): ApiSession | null {
  const credentials = at(parsed(body), 'credentials');
  const apiToken = at(credentials, 'token');
  const siteId = at(credentials, 'site', 'id');
  const userId = at(credentials, 'user', 'id');
  if (typeof apiToken !== 'string' || !HEADER_TEXT.test(apiToken) || typeof siteId !== 'string' || siteId === '')
    return null;
  return {
    ...{ apiToken, siteId },
    userId: typeof userId === 'string' ? userId : '',
    lifeMs: readLife(at(credentials, 'estimatedTimeToExpiration')),
  };
}

/** `2:12:30`: clients disagree whether it begins with hours or days; as hours, nothing is kept too long. */
function readLife(text: unknown): number | null {
  const [, hours, minutes, seconds] =
    /^(\d{1,4}):(\d{1,2}):(\d{1,2})$/.exec(typeof text === 'string' ? text : '') ?? [];
  if (hours === undefined) return null;
  return (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000;
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}
