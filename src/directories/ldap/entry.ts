import type { Person } from '../directory.ts';
import { canonicalUser, faultOfUser } from '../user-name.ts';
import type { Entry } from './message.ts';

/** Which attributes say what about a person. */
export interface PersonAttributes {
  readonly idAttribute: string;
  readonly userAttribute: string;
  readonly nameAttribute: string;
  readonly emailAttribute: string;
}

/** The text values of an attribute in a fixed order, as a server may give them in any (RFC 4511 §4.1.7). */
export const textsOf = (entry: Entry, attribute: string): string[] =>
  (entry.values.get(attribute.toLowerCase()) ?? []).map((value) => value.toString('utf8')).sort();

/** One line that may stand in a header and in a log. */
const isLine = (text: string): boolean =>
  text !== '' && text === text.trim() && text.length <= 256 && !/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\ufffd]/u.test(text);

/** The canonical user name; `null` where the entry has none that can be one. */
export function userOf(entry: Entry, { userAttribute }: PersonAttributes): string | null {
  const names = textsOf(entry, userAttribute).map(canonicalUser);
  return names.find((name) => faultOfUser(name) === null && isLine(name)) ?? null;
}

/** @returns `null` where the entry does not say who it is */
export function personOf(
  entry: Entry,
  attributes: PersonAttributes,
  source: string,
  groups: readonly string[],
): Person | null {
  const id = idOf(entry, attributes.idAttribute);
  const user = userOf(entry, attributes);
  if (id === null || user === null) return null;
  return Object.freeze({
    sub: `${source}:${id}`,
    user,
    name: textsOf(entry, attributes.nameAttribute).find(isLine) ?? user,
    email: textsOf(entry, attributes.emailAttribute).find((text) => isLine(text) && EMAIL.test(text)) ?? '',
    groups: Object.freeze([...groups]),
    allowedResources: NONE,
  });
}

const NONE: readonly string[] = Object.freeze([]);
const EMAIL = /^[^\s@,;<>]+@[^\s@,;<>]+$/;

/** A group's name; one with a comma could not be told from two where groups stand in a header. */
export const groupNameOf = (entry: Entry, attribute: string): string | null =>
  textsOf(entry, attribute).find((text) => isLine(text) && text.length <= 128 && !text.includes(',')) ?? null;

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/;

/** Active Directory's, as 16 bytes; others are text. */
const isGuid = (attribute: string): boolean => attribute.toLowerCase() === 'objectguid';

/** The immutable id as it stands in `sub`; `null` where the entry has not exactly one. */
function idOf(entry: Entry, attribute: string): string | null {
  const [value, ...more] = entry.values.get(attribute.toLowerCase()) ?? [];
  if (!value || more.length > 0) return null;
  if (isGuid(attribute)) return value.length === 16 ? guidText(value) : null;
  const text = value.toString('utf8');
  if (UUID.test(text.toLowerCase())) return text.toLowerCase();
  return isLine(text) && text.length <= 128 ? text : null;
}

/** What an id of {@link idOf} is compared with in a filter; `null` where it cannot be one. */
export function idValue(id: string, attribute: string): string | Buffer | null {
  if (!isGuid(attribute)) return isLine(id) ? id : null;
  return UUID.test(id) ? guidBytes(id) : null;
}

/** The first three fields of a GUID are stored with their lowest byte first (MS-DTYP §2.3.4.2). */
function swapped(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  copy.subarray(0, 4).reverse();
  copy.subarray(4, 6).reverse();
  copy.subarray(6, 8).reverse();
  return copy;
}

function guidText(bytes: Buffer): string {
  const hex = swapped(bytes).toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

const guidBytes = (id: string): Buffer => swapped(Buffer.from(id.replaceAll('-', ''), 'hex'));
