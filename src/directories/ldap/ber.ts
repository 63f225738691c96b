/**
 * The outside of BER (X.690 §8.1), as far as LDAP takes it (RFC 4511 §5.1: definite lengths only). What passes here is well
 * formed down to its leaves, so that no decoder behind it can run over an end or in circles.
 */
export class BadBer extends Error {
  override readonly name = 'BadBer';
}

export interface Element {
  readonly tag: number;
  /** Where its content begins, and where it ends. */
  readonly start: number;
  readonly end: number;
}

const CONSTRUCTED = 0x20;
const DEEPEST = 12;

/**
 * The element that begins at `at`; its content need not be there yet.
 * @returns `null` where even its length is not there yet
 */
export function readElement(bytes: Buffer, at: number): Element | null {
  const tag = bytes[at];
  const first = bytes[at + 1];
  if (tag === undefined || first === undefined) return null;
  if ((tag & 0x1f) === 0x1f) throw new BadBer('a tag of several bytes');
  if (first < 0x80) return { tag, start: at + 2, end: at + 2 + first };
  const size = first & 0x7f;
  if (size === 0 || size > 4) throw new BadBer('a length that LDAP does not have');
  const start = at + 2 + size;
  if (start > bytes.length) return null;
  return { tag, start, end: start + bytes.readUIntBE(at + 2, size) };
}

/** Throws BadBer unless the children of each element fill it to the byte. */
export function checkNesting(bytes: Buffer, { tag, start, end }: Element, depth = 0): void {
  if ((tag & CONSTRUCTED) === 0) return;
  if (depth > DEEPEST) throw new BadBer('nested too deep');
  let at = start;
  while (at < end) {
    const child = readElement(bytes, at);
    if (!child || child.end > end) throw new BadBer('an element that is longer than what it stands in');
    checkNesting(bytes, child, depth + 1);
    at = child.end;
  }
}

/** The children of an element, which {@link checkNesting} has seen. */
export function childrenOf(bytes: Buffer, { start, end }: Element): Element[] {
  const children: Element[] = [];
  let child = start < end ? readElement(bytes, start) : null;
  while (child) {
    children.push(child);
    child = child.end < end ? readElement(bytes, child.end) : null;
  }
  return children;
}

export interface Frames {
  /** @returns the messages that are whole by now. Throws BadBer for what is none. */
  push(chunk: Buffer): Buffer[];
  /** Whether something stands behind the last whole message. */
  readonly hasRest: boolean;
}

const SEQUENCE = 0x30;

/**
 * Cuts a stream into messages, each well formed.
 * @param mostBytes - of one message; a longer one is refused as soon as its length is read
 */
export function createFrames(mostBytes: number): Frames {
  let rest: Buffer = Buffer.alloc(0);
  return {
    get hasRest() {
      return rest.length > 0;
    },
    push(chunk) {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      const messages: Buffer[] = [];
      for (;;) {
        if (rest.length > 0 && rest[0] !== SEQUENCE) throw new BadBer('something that is no LDAP message');
        const element = readElement(rest, 0);
        if (!element) return messages;
        if (element.end > mostBytes) throw new BadBer(`a message of more than ${mostBytes} bytes`);
        if (element.end > rest.length) return messages;
        checkNesting(rest, element);
        messages.push(rest.subarray(0, element.end));
        rest = rest.subarray(element.end);
      }
    },
  };
}
