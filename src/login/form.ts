import type { Request } from 'express';
import { BadBody, UnsupportedBody } from '../errors.ts';

/** The content type without its parameters, lower-cased. */
export const contentTypeOf = (request: Request): string =>
  (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';

/**
 * Whether a POST may act for the person: its `Origin` is this origin to the letter, or there is none and the body is
 * `application/json`, which no form of another site can send without being asked first (WHATWG Fetch, CORS preflight).
 */
export function isOwnPost(request: Request, ownOrigin: string): boolean {
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false;
  const { origin } = request.headers;
  return origin === undefined ? request.headers['content-type'] === 'application/json' : origin === ownOrigin;
}

/**
 * Named texts of a form or JSON body; what is absent is `undefined`.
 * @throws BadBody where one of them came twice or is no text
 */
export function readFields<Name extends string>(
  request: Request,
  names: readonly Name[],
): Partial<Record<Name, string>> {
  const type = contentTypeOf(request);
  if (type !== 'application/json' && type !== 'application/x-www-form-urlencoded' && type !== '') {
    throw new UnsupportedBody('the body is neither a form nor JSON');
  }
  const body: unknown = request.body ?? {};
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw new BadBody('the body is not an object');
  const fields: Partial<Record<Name, string>> = {};
  for (const name of names) {
    const value: unknown = Object.hasOwn(body, name) ? Reflect.get(body, name) : undefined;
    if (value === undefined) continue;
    if (typeof value !== 'string') throw new BadBody(`the field ${name} is not a text, or came twice`);
    fields[name] = value;
  }
  return fields;
}
