import { BadBody } from '../errors.ts';

export interface JsonBounds {
  /** How deep objects and arrays may stand in each other. */
  readonly deepest: number;
}

/**
 * Reads a JSON text that has one reading only. Python takes the last of two equal keys, a byte order mark, UTF-16, `NaN`
 * and any depth; what another program could read otherwise is refused (RFC 8259 §4, §8.1, §9), never repaired.
 * @throws BadBody
 */
export function parseStrict(bytes: Uint8Array, bounds: JsonBounds): unknown {
  const text = decode(bytes);
  scan(text, bounds);
  try {
    return JSON.parse(text);
  } catch {
    throw new BadBody('the body is not JSON');
  }
}

function decode(bytes: Uint8Array): string {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new BadBody('the body is not UTF-8');
  }
  // UTF-16 of ASCII has a zero in every second place, which JSON has nowhere.
  if (text.startsWith('\uFEFF')) throw new BadBody('the body begins with a byte order mark');
  if (text.includes('\0')) throw new BadBody('the body has a zero byte');
  return text;
}

/** Walks brackets and strings only: depth, keys that come twice, and `__proto__`. What is between them JSON.parse judges. */
function scan(text: string, { deepest }: JsonBounds): void {
  /** For each object that is open its keys, for each array `null`. */
  const open: (Set<string> | null)[] = [];
  let expectsKey = false;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 0x7b: // {
      case 0x5b: {
        // [
        const isObject = text.charCodeAt(at) === 0x7b;
        if (open.length >= deepest) throw new BadBody('the body is nested too deep');
        open.push(isObject ? new Set() : null);
        expectsKey = isObject;
        break;
      }
      case 0x7d: // }
      case 0x5d: // ]
        open.pop();
        expectsKey = false;
        break;
      case 0x2c: // ,
        expectsKey = open.at(-1) instanceof Set;
        break;
      case 0x22: {
        const end = endOfString(text, at);
        const keys = open.at(-1);
        if (expectsKey && keys) noteKey(keys, text.slice(at, end + 1));
        expectsKey = false;
        at = end;
      }
    }
  }
}

/** @returns where the closing quote is */
function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let slashes = 0;
    while (text.charCodeAt(at - 1 - slashes) === 0x5c) slashes++;
    if (slashes % 2 === 0) return at;
  }
  throw new BadBody('the body is not JSON');
}

const MOST_KEYS = 10_000;

function noteKey(keys: Set<string>, written: string): void {
  const key = written.includes('\\') ? unescaped(written) : written.slice(1, -1);
  if (key === '__proto__') throw new BadBody('the body has a key that objects cannot have');
  if (keys.has(key)) throw new BadBody('the body has a key twice');
  if (keys.size >= MOST_KEYS) throw new BadBody('the body has too many keys');
  keys.add(key);
}

function unescaped(written: string): string {
  try {
    return String(JSON.parse(written));
  } catch {
    throw new BadBody('the body is not JSON');
  }
}
