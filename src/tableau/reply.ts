import type { IncomingHttpHeaders } from 'node:http';
import { escapeXml } from '../lib/xml-text.ts';

/** An answer of Tableau's REST API: what stands in `tsResponse`. By names, texts, and further such. */
export interface Reply {
  readonly [name: string]: string | Reply;
}

/** The text of an element that has attributes as well: in JSON it is called so, in XML it stands within. */
const VALUE = 'value';
/** What XML writes as elements of their own, although it is only a text. */
const ELEMENTS = new Set(['summary', 'detail', 'restApiVersion']);

const NAMESPACES =
  'xmlns="http://tableau.com/api" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://tableau.com/api http://tableau.com/api/ts-api-3.27.xsd"';

export interface WrittenReply {
  readonly contentType: string;
  readonly body: string;
}

/** `Accept` chooses: JSON where it is named, else XML, as clients expect that say nothing. */
export const wantsJson = ({ accept = '' }: Pick<IncomingHttpHeaders, 'accept'>): boolean =>
  accept
    .toLowerCase()
    .split(',')
    .some((each) => each.split(';', 1)[0]?.trim() === 'application/json');

export function writeReply(reply: Reply, headers: Pick<IncomingHttpHeaders, 'accept'>): WrittenReply {
  return wantsJson(headers)
    ? { contentType: 'application/json;charset=utf-8', body: JSON.stringify(reply) }
    : {
        contentType: 'application/xml;charset=utf-8',
        body: `<?xml version='1.0' encoding='UTF-8'?><tsResponse ${NAMESPACES}>${elements(reply)}</tsResponse>`,
      };
}

const elements = (reply: Reply): string =>
  Object.entries(reply)
    .map(([name, value]) => element(name, typeof value === 'string' ? { [VALUE]: value } : value))
    .join('');

function element(name: string, reply: Reply): string {
  const isInside = (key: string): boolean => ELEMENTS.has(key) || typeof reply[key] !== 'string';
  const keys = Object.keys(reply).filter((key) => key !== VALUE);
  const attributes = keys.filter((key) => !isInside(key)).map((key) => ` ${key}="${escapeXml(String(reply[key]))}"`);
  const inside = Object.fromEntries(keys.filter(isInside).map((key) => [key, reply[key] ?? '']));
  const text = reply[VALUE];
  return `<${name}${attributes.join('')}>${typeof text === 'string' ? escapeXml(text) : ''}${elements(inside)}</${name}>`;
}

/** What may go wrong, with the words that Tableau has for it. */
export const ERRORS = {
  badRequest: [400, '400000', 'Bad Request', 'Payload is either malformed XML or incomplete'],
  noCredentials: [401, '401000', 'Unauthorized Access', 'No authentication credentials were provided'],
  signInFailed: [401, '401001', 'Signin Error', 'Error signing in to Tableau Server'],
  badToken: [401, '401002', 'Unauthorized Access', 'Invalid authentication credentials were provided'],
  forbidden: [403, '403004', 'Forbidden', 'You have not been granted what this needs'],
  sameSite: [403, '403070', 'Forbidden', 'You are signed in to that site already'],
  noSuchSite: [404, '404000', 'Resource Not Found', 'There is no such site for you'],
  unknown: [404, '404003', 'Resource Not Found', 'There is no such resource'],
  notAllowed: [405, '405000', 'Invalid request method', 'This is not what that address takes'],
  tooLarge: [413, '413000', 'Payload Too Large', 'The request is too large'],
  unsupported: [415, '415000', 'Unsupported Media Type', 'Send XML or JSON'],
  wait: [429, '429000', 'Too Many Requests', 'Too many attempts. Try again later'],
  internal: [500, '500000', 'Internal Server Error', 'Something went wrong'],
  unavailable: [503, '503000', 'Service Unavailable', 'This is not possible at the moment'],
} as const satisfies Record<string, readonly [status: number, code: string, summary: string, detail: string]>;

export type ErrorName = keyof typeof ERRORS;

/** @param inner - the code of what was wrong with a token, which clients find at the end of the detail */
export function errorReply(name: ErrorName, inner?: number): Reply {
  const [, code, summary, detail] = ERRORS[name];
  return { error: { summary, detail: inner === undefined ? detail : `${detail} (${inner})`, code } };
}
