import { StoreUnavailable } from '../../errors.ts';

/** One entry of a stream, as it was read: nothing in it is believed yet. */
export interface Entry {
  readonly id: string;
  readonly fields: ReadonlyMap<string, string>;
}

const ID = /^\d{1,20}-\d{1,20}$/;
/** More than any field of ours has. */
const LONGEST_FIELD = 4096;
const MOST_FIELDS = 16;

/** What XREAD answers: `null`, or a list of streams. Throws StoreUnavailable where it is something else. */
export function readEntries(
  reply: unknown,
  streams: { has(name: string): boolean },
): [stream: string, entries: Entry[]][] {
  if (reply === null) return [];
  return asList(reply).map((part) => {
    const [stream, entries] = asList(part);
    if (typeof stream !== 'string' || !streams.has(stream)) throw garbage();
    return [stream, asList(entries).map(readEntry)];
  });
}

/** One entry of XREAD or XREVRANGE. Throws StoreUnavailable. */
export function readEntry(part: unknown): Entry {
  const [id, flat] = asList(part);
  if (typeof id !== 'string' || !ID.test(id)) throw garbage();
  const fields = new Map<string, string>();
  const texts = flat === null ? [] : asList(flat);
  for (let at = 0; at + 1 < texts.length && fields.size < MOST_FIELDS; at += 2) {
    const [name, value] = [texts[at], texts[at + 1]];
    if (typeof name === 'string' && typeof value === 'string' && value.length <= LONGEST_FIELD) fields.set(name, value);
  }
  return { id, fields };
}

/** The id of the entry that XREVRANGE found; `0` where there is none. */
export function lastIdOf(reply: unknown): string {
  const [last]: unknown[] = Array.isArray(reply) ? reply : [];
  const [id]: unknown[] = Array.isArray(last) ? last : [];
  return typeof id === 'string' && ID.test(id) ? id : '0';
}

/** Throws StoreUnavailable. */
export function asList(reply: unknown): unknown[] {
  if (!Array.isArray(reply)) throw garbage();
  return reply;
}

/** Throws StoreUnavailable. */
export function asTexts(reply: unknown): string[] {
  const list = asList(reply);
  if (!list.every((each) => typeof each === 'string')) throw garbage();
  return list;
}

const garbage = (): StoreUnavailable => new StoreUnavailable('Redis answers garbage');

/** A whole number of seconds that a session of ours can have; else `null`. */
export function readSec(text: string | undefined): number | null {
  if (text === undefined || !/^\d{1,12}$/.test(text)) return null;
  return Number(text);
}
