import { BadBer, childrenOf, type Element, readElement } from './ber.ts';

/** The values of an entry's attributes, by name in lower case. */
export interface Entry {
  readonly dn: string;
  readonly values: ReadonlyMap<string, readonly Buffer[]>;
}

/** The operations that a server answers with (RFC 4511 §4.2 to §4.12). */
export const OP = { bind: 0x61, entry: 0x64, searchDone: 0x65, reference: 0x73, extended: 0x78 } as const;

const TAG = { integer: 0x02, text: 0x04, enumerated: 0x0a, sequence: 0x30, set: 0x31 } as const;

export interface LdapMessage {
  readonly id: number;
  readonly op: Element;
  /** The result code; `null` where the operation has none. */
  readonly code: number | null;
}

/**
 * Reads the outside of a message that is well formed. Throws BadBer where it is none of LDAP's (RFC 4511 §4.1.1). Written here
 * since a decoder that takes what is missing for a zero would read "success" (0) from a result without a code.
 */
export function readMessage(bytes: Buffer): LdapMessage {
  const whole = readElement(bytes, 0);
  const [first, op] = whole ? childrenOf(bytes, whole) : [];
  if (!op || first?.tag !== TAG.integer) throw new BadBer('a message without an id or an operation');
  const size = first.end - first.start;
  if (size < 1 || size > 4) throw new BadBer('a message id that is no number');
  const id = bytes.readIntBE(first.start, size);
  if (op.tag === OP.entry || op.tag === OP.reference) return { id, op, code: null };
  const code = childrenOf(bytes, op)[0];
  if (code?.tag !== TAG.enumerated || code.end - code.start !== 1) throw new BadBer('a result without a code');
  return { id, op, code: bytes.readUInt8(code.start) };
}

/** Reads a SearchResultEntry (RFC 4511 §4.5.2). Throws BadBer where it is none. */
export function readEntry(bytes: Buffer, op: Element): Entry {
  const [dn, attributes, ...more] = childrenOf(bytes, op);
  if (dn?.tag !== TAG.text || attributes?.tag !== TAG.sequence || more.length > 0)
    throw new BadBer('an entry that is none');
  const contentOf = ({ start, end }: Element): Buffer => Buffer.from(bytes.subarray(start, end));
  const values = childrenOf(bytes, attributes).map((attribute): [string, Buffer[]] => {
    const [type, set] = childrenOf(bytes, attribute);
    if (attribute.tag !== TAG.sequence || type?.tag !== TAG.text || set?.tag !== TAG.set)
      throw new BadBer('an attribute that is none');
    return [contentOf(type).toString('utf8').toLowerCase(), childrenOf(bytes, set).map(contentOf)];
  });
  return { dn: contentOf(dn).toString('utf8'), values: new Map(values) };
}
