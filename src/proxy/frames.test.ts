import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { closeFrame, createFrames } from './frames.ts';

interface Written {
  readonly opcode: number;
  readonly bits: number;
  readonly length: number;
  readonly isMasked: boolean;
  /** How many bytes the length is written in, where more than it needs. */
  readonly wide: 0 | 2 | 8;
}

function frame({ opcode, bits, length, isMasked, wide }: Written): Buffer {
  const width = length > 65_535 ? 8 : Math.max(length > 125 ? 2 : 0, wide);
  const head = Buffer.alloc(2 + width + (isMasked ? 4 : 0));
  head[0] = bits | opcode;
  head[1] = (isMasked ? 0x80 : 0) | (width === 8 ? 127 : width === 2 ? 126 : length);
  if (width === 8) head.writeBigUInt64BE(BigInt(length), 2);
  if (width === 2) head.writeUInt16BE(length, 2);
  return Buffer.concat([head, Buffer.alloc(length, 0x88)]);
}

const anyFrame = fc.record<Written>({
  opcode: fc.constantFrom(0, 1, 2, 9, 10),
  bits: fc.constantFrom(0, 0x80, 0x40, 0xc0, 0xf0),
  length: fc.oneof(fc.integer({ min: 0, max: 130 }), fc.constantFrom(65_535, 65_536, 70_000)),
  isMasked: fc.boolean(),
  wide: fc.constantFrom(0, 2, 8),
});

describe('frames', () => {
  it('end where they end, however they are cut into chunks', () => {
    fc.assert(
      fc.property(
        fc.array(anyFrame, { minLength: 1, maxLength: 6 }),
        fc.array(fc.integer({ min: 1, max: 40_000 }), { minLength: 1, maxLength: 8 }),
        (written, sizes) => {
          const frames = written.map(frame);
          const all = Buffer.concat(frames);
          const ends = new Set([0]);
          let end = 0;
          for (const { length } of frames) {
            end += length;
            ends.add(end);
          }
          const followed = createFrames();
          expect(followed.isBetween).toBe(true);
          for (let at = 0, turn = 0; at < all.length; turn++) {
            // The first bytes one by one, where headers are.
            const size = at < 40 ? 1 : (sizes[turn % sizes.length] ?? 1);
            followed.follow(all.subarray(at, at + size));
            at = Math.min(at + size, all.length);
            expect(followed.isBetween).toBe(ends.has(at));
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it('have no place for another behind the closing one', () => {
    const followed = createFrames();
    followed.follow(closeFrame(1000, 'done'));
    expect(followed.isBetween).toBe(false);
  });

  it('of a length that no number holds never end', () => {
    const followed = createFrames();
    followed.follow(Buffer.from([0x82, 127, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]));
    followed.follow(Buffer.alloc(1000));
    expect(followed.isBetween).toBe(false);
  });
});

it('a closing frame is a code and a reason, unmasked', () => {
  expect(closeFrame(4401, 'no').toString('hex')).toBe('88041131' + '6e6f');
});
