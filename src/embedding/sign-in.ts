import type { Request } from 'express';
import { allowFrame } from '../http/security-headers.ts';
import { CODES } from '../identity/connected/refusal.ts';
import { nowSec } from '../lib/clock.ts';
import { contentTypeOf, readFields } from '../login/form.ts';
import { begin } from './begin.ts';
import { type Arrived, type EmbedDesk, noteRefused, sendFramePage } from './desk.ts';
import { ancestorsOf, isHostPage } from './framing.ts';

const SENTENCE = 'This page is none of the domains of a connected app.';

/**
 * CORS (WHATWG Fetch §3.3) for pages that some connected app names: exactly that origin, with credentials.
 * @returns the origin; `null`: it is none of them, and no page is told anything
 */
export function allowPage({ hosts }: EmbedDesk, { headers }: Request, response: Arrived): string | null {
  response.vary('Origin');
  const { origin } = headers;
  if (origin === undefined || !isHostPage(hosts, origin)) return null;
  response.set({ 'Access-Control-Allow-Origin': origin, 'Access-Control-Allow-Credentials': 'true' });
  // For the pages of these alone, which are other origins.
  response.set('Cross-Origin-Resource-Policy', 'cross-origin');
  return origin;
}

/** The question that a browser asks before it lets a page send JSON to another origin. */
export async function askedBefore(desk: EmbedDesk, request: Request, response: Arrived): Promise<void> {
  if (allowPage(desk, request, response) === null) {
    response.status(403).json({ error: SENTENCE });
    return;
  }
  response.set({
    'Access-Control-Allow-Methods': 'POST',
    'Access-Control-Allow-Headers': 'Content-Type',
    'Access-Control-Max-Age': '600',
  });
  response.status(204).end();
}

/** `POST`, by a script of the host page: JSON only, which no form of another site can send. */
export async function signInByScript(desk: EmbedDesk, request: Request, response: Arrived): Promise<void> {
  const page = allowPage(desk, request, response);
  if (page === null) {
    noteRefused(desk, response, '', `${CODES.DOMAIN_RESTRICTION} DOMAIN_RESTRICTION`);
    response.status(403).json({ error: SENTENCE, code: CODES.DOMAIN_RESTRICTION, name: 'DOMAIN_RESTRICTION' });
    return;
  }
  if (contentTypeOf(request) !== 'application/json') {
    response.status(415).json({ error: 'Send the token as application/json.' });
    return;
  }
  const { token = '', target } = readFields(request, ['token', 'target']);
  const begun = await begin(desk, request, response, { token, target, page });
  if (begun.kind === 'begun') {
    const { sealed, setCookie } = begun;
    response.append('Set-Cookie', setCookie);
    response.json({ target: begun.target, expires_at: sealed.session.endsSec, now: nowSec(desk.clock) });
  } else if (begun.kind === 'bad-target') {
    response.status(403).json({ error: 'The target is no place of an app that this connected app may show.' });
  } else {
    const { code, name, detail, isOutage } = begun;
    const status = isOutage ? 503 : name === 'DOMAIN_RESTRICTION' ? 403 : 401;
    response.status(status).json({ error: detail, code, name });
  }
}

/**
 * `GET …?token=…&target=…`, in the frame itself, for host pages without a script. The token stands in the address for this one
 * request: it is used up, and answered by an address without it.
 */
export async function signInByAddress(desk: EmbedDesk, request: Request, response: Arrived): Promise<void> {
  response.set('Referrer-Policy', 'no-referrer');
  if (request.method !== 'GET') {
    response.status(405).set('Allow', 'GET, POST, OPTIONS').end();
    return;
  }
  const dest = request.headers['sec-fetch-dest'];
  if (dest !== 'iframe' && dest !== 'frame') return sendFramePage(desk, response, 403, 'no-frame', null);
  const { token, target } = request.query;
  const page = pageOf(request);
  if (page === null || !isHostPage(desk.hosts, page)) {
    noteRefused(desk, response, '', `${CODES.DOMAIN_RESTRICTION} DOMAIN_RESTRICTION`);
    return sendFramePage(desk, response, 403, 'not-here', null);
  }
  const isText = (value: unknown): value is string | undefined => value === undefined || typeof value === 'string';
  if (!isText(token) || !isText(target)) return sendFramePage(desk, response, 400, 'refused', desk.hosts);
  const begun = await begin(desk, request, response, { token: token ?? '', target, page });
  if (begun.kind === 'begun') {
    response.append('Set-Cookie', begun.setCookie);
    allowFrame(response, ancestorsOf(desk.hosts));
    response.redirect(303, begun.target);
    return;
  }
  const around = begun.host ? [begun.host] : desk.hosts;
  if (begun.kind === 'bad-target') return sendFramePage(desk, response, 403, 'not-open', around);
  if (begun.isOutage) return sendFramePage(desk, response, 503, 'unavailable', around);
  if (begun.name === 'DOMAIN_RESTRICTION') return sendFramePage(desk, response, 403, 'not-here', null);
  sendFramePage(desk, response, 401, 'refused', around);
}

/** A navigation says nothing of the page that began it but its Referer, which a page can keep back and no other page can make up. */
function pageOf({ headers }: Request): string | null {
  const { referer } = headers;
  return referer !== undefined && URL.canParse(referer) ? new URL(referer).origin : null;
}

/** Where a page in a frame goes that has ended. */
export async function showEnded(desk: EmbedDesk, _request: Request, response: Arrived): Promise<void> {
  sendFramePage(desk, response, 200, 'over', desk.hosts);
}
