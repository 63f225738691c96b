import type { Head } from './answer-head.ts';

/** Where a page has a place for something. */
export type Place =
  /** Before this byte. */
  | { readonly kind: 'at'; readonly index: number }
  /** More of the page has to come first. */
  | { readonly kind: 'later' }
  | { readonly kind: 'nowhere' };

/** Something of ours in an answer that goes by. */
export interface Insertion {
  readonly text: string;
  /** The head of the answer as it then has to be. @param headers - names and values in turns */
  head(headers: readonly string[]): string[];
  /**
   * @param text - the first part of the body, a character a byte
   * @param isWhole - nothing more is to come
   */
  find(text: string, isWhole: boolean): Place;
}

/** Looks at the head of an answer. @returns `null` where nothing is put into it; `unfit`: it may not go on without */
export type InsertionFor = (answer: Head) => Insertion | 'unfit' | null;

/** A place is found within so many bytes, or not at all. */
const MOST_BEFORE = 16 * 1024;

/**
 * Puts it into the first part of a body.
 * @returns what goes out in place of that part; `null`: more has to come first
 */
export function insertInto(part: Buffer, insertion: Insertion, isWhole: boolean): Buffer | null {
  const place = insertion.find(part.toString('latin1', 0, MOST_BEFORE), isWhole);
  if (place.kind === 'later' && part.length < MOST_BEFORE) return null;
  if (place.kind !== 'at') return part;
  return Buffer.concat([part.subarray(0, place.index), Buffer.from(insertion.text), part.subarray(place.index)]);
}
