import { describe, expect, it } from 'vitest';
import { createByteBudget } from '../lib/byte-budget.ts';
import { createMessages, frameOf, type Message } from './messages.ts';

const BUDGET = 100_000;
const aReader = (isMasked = true, most = 200) => {
  const budget = createByteBudget(BUDGET);
  const messages = createMessages(isMasked, { mostBytes: most, budget });
  const isAllFree = (): boolean => {
    const isFree = budget.take(BUDGET);
    if (isFree) budget.give(BUDGET);
    return isFree;
  };
  return { ...messages, messages, isAllFree };
};
const read = (chunks: readonly Buffer[], isMasked = true, most?: number): string[] => {
  const { messages } = aReader(isMasked, most);
  return chunks.flatMap((chunk) => [...messages.take(Buffer.from(chunk))].map(({ kind, bytes }) => `${kind} ${bytes}`));
};
const text = (said: string, isMasked = true): Buffer => frameOf({ kind: 'text', bytes: Buffer.from(said) }, isMasked);
const control = (kind: Message['kind'], said = ''): Buffer => frameOf({ kind, bytes: Buffer.from(said) }, true);
/** The same frame with another first byte. */
const first = (byte: number, frame: Buffer): Buffer => Buffer.concat([Buffer.from([byte]), frame.subarray(1)]);

describe('messages', () => {
  it.each([0, 1, 125, 126, 65_535, 65_536, 70_000])('of %i bytes come whole, from either side', (bytes) => {
    const said = 'x'.repeat(bytes);
    for (const isMasked of [true, false])
      expect(read([text(said, isMasked)], isMasked, 80_000)).toEqual([`text ${said}`]);
  });

  it('come whole, wherever they are cut', () => {
    const all = Buffer.concat([text('one'), control('ping', 'p'), text('zwei ö'), text(''), control('close')]);
    const whole = ['text one', 'ping p', 'text zwei ö', 'text ', 'close '];
    expect(read([all])).toEqual(whole);
    expect(read([...all].map((byte) => Buffer.from([byte])))).toEqual(whole);
    for (let at = 1; at < all.length; at++) expect(read([all.subarray(0, at), all.subarray(at)])).toEqual(whole);
  });

  it('come whole in fragments, with control frames between them', () => {
    const parts = [first(0x01, text('a')), control('ping'), first(0x00, text('b')), first(0x80, text('c'))];
    expect(read([Buffer.concat(parts)])).toEqual(['ping ', 'text abc']);
  });

  it.each<[string, Buffer]>([
    ['compressed', first(0xc1, text('x'))],
    ['binary', first(0x82, text('x'))],
    ['a fragment of nothing', first(0x80, text('x'))],
    ['begun within another', Buffer.concat([first(0x01, text('x')), text('y')])],
    ['of an unknown kind', first(0x83, text('x'))],
    ['of an unknown control kind', first(0x8b, text(''))],
    ['a control frame in fragments', first(0x09, text('x'))],
    ['a long control frame', first(0x89, text('x'.repeat(126)))],
    ['not masked', text('x', false)],
    ['larger than may be', text('x'.repeat(201))],
    [
      'larger than may be, in fragments',
      Buffer.concat([first(0x01, text('x'.repeat(150))), first(0x80, text('x'.repeat(51)))]),
    ],
    ['of a size that no number holds', Buffer.from([0x81, 0xff, ...Array(12).fill(0xff)])],
  ])('are refused that are %s', (_name, bytes) => {
    expect(() => read([bytes])).toThrow();
  });

  it('are refused that an upstream masks', () => {
    expect(() => read([text('x')], false)).toThrow();
  });

  it('are counted while they are read, and no longer', () => {
    const one = aReader();
    [...one.take(text('x'.repeat(100)).subarray(0, 90))];
    expect([one.messages.isWithin, one.isAllFree()]).toEqual([true, false]);
    one.close();
    expect(one.isAllFree()).toBe(true);
    const two = aReader();
    for (const _message of two.take(text('x'.repeat(100)))) expect(two.isAllFree()).toBe(false);
    expect([two.messages.isWithin, two.isAllFree()]).toEqual([false, true]);
  });

  it('in ten thousand fragments of one byte are held as what they are', () => {
    const budget = createByteBudget(20_000);
    const messages = createMessages(true, { mostBytes: 20_000, budget });
    const frames = Array.from({ length: 10_000 }, (_, i) => first(i === 0 ? 0x01 : 0x00, text('x')));
    const said = [...messages.take(Buffer.concat([...frames, first(0x80, text('y'))]))];
    expect(said.map(({ bytes }) => bytes.length)).toEqual([10_001]);
  });
});
