import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BadBer, createFrames } from './ber.ts';
import { readEntry, readMessage } from './message.ts';

const bytes = (...parts: number[]): Buffer => Buffer.from(parts);
/** A search result entry with id 2 and no attributes. */
const ENTRY = bytes(0x30, 0x0b, 2, 1, 2, 0x64, 6, 4, 2, 0x61, 0x3d, 0x30, 0);
const BOUND = bytes(0x30, 0x0c, 2, 1, 1, 0x61, 7, 0x0a, 1, 0, 4, 0, 4, 0);

describe('a stream of messages', () => {
  it('comes out whole, however it was cut', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), (sizes) => {
        const stream = Buffer.concat([BOUND, ENTRY, BOUND]);
        const frames = createFrames(1000);
        const found: Buffer[] = [];
        for (let at = 0, cut = 0; at < stream.length; cut++) {
          const size = sizes[cut % sizes.length] ?? 1;
          found.push(...frames.push(stream.subarray(at, at + size)));
          at += size;
        }
        expect(found).toEqual([BOUND, ENTRY, BOUND]);
        expect(frames.hasRest).toBe(false);
      }),
    );
  });

  it.each([
    ['another protocol', Buffer.from('HTTP/1.1 200 OK\r\n\r\n')],
    ['an indefinite length', bytes(0x30, 0x80, 0, 0)],
    ['a length of five bytes', bytes(0x30, 0x85, 0, 0, 0, 0, 1, 0)],
    ['a message that is too long', bytes(0x30, 0x84, 0x7f, 0xff, 0xff, 0xff)],
    ['a child that is longer than its parent', bytes(0x30, 4, 0x30, 3, 2, 1)],
    ['an entry whose attributes have no end', bytes(0x30, 0x0b, 2, 1, 2, 0x64, 6, 4, 2, 0x61, 0x3d, 0x30, 0x7f)],
    ['nesting without end', Buffer.concat(Array.from({ length: 40 }, (_, i) => bytes(0x30, 2 * (39 - i))))],
  ])('that holds %s is refused', (_what, stream) => {
    expect(() => createFrames(1000).push(stream)).toThrow(BadBer);
  });

  it('of any bytes ends in messages or in a refusal, never in a circle', () => {
    const near = fc.tuple(fc.constantFrom(BOUND, ENTRY), fc.nat(12), fc.nat(255)).map(([good, at, value]) => {
      const changed = Buffer.from(good);
      changed[at] = value;
      return changed;
    });
    fc.assert(
      fc.property(fc.oneof(near, fc.uint8Array().map(Buffer.from)), (stream) => {
        try {
          for (const message of createFrames(1000).push(stream)) {
            const { op, code } = readMessage(message);
            if (code === null) readEntry(message, op);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(BadBer);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('a result', () => {
  it('is what its code says', () => {
    expect(readMessage(BOUND)).toMatchObject({ id: 1, op: { tag: 0x61 }, code: 0 });
  });

  it.each([
    ['without anything in it', bytes(0x30, 5, 2, 1, 1, 0x61, 0)],
    ['with an empty code', bytes(0x30, 7, 2, 1, 1, 0x61, 2, 0x0a, 0)],
    ['with a code that is text', bytes(0x30, 8, 2, 1, 1, 0x61, 3, 4, 1, 0)],
    ['with a code of two bytes', bytes(0x30, 9, 2, 1, 1, 0x61, 4, 0x0a, 2, 0, 0)],
    ['with an empty id', bytes(0x30, 7, 2, 0, 0x61, 3, 0x0a, 1, 0)],
  ])('%s is none, and no success', (_what, message) => {
    expect(() => readMessage(message)).toThrow(BadBer);
  });
});
