import {
  appendFileSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { tempDir } from '../../test/support/temp-dir.ts';
import { readText } from './read-text.ts';

/** The same function, with something that happens each time, or the first time, that it has read the file once. */
async function readTextWith(happens: () => void, times = Number.POSITIVE_INFINITY): Promise<typeof readText> {
  const fs = await vi.importActual<typeof import('node:fs')>('node:fs');
  let reads = 0;
  vi.resetModules();
  vi.doMock('node:fs', () => ({
    ...fs,
    readFileSync: (...given: Parameters<typeof fs.readFileSync>) => {
      const bytes = fs.readFileSync(...given);
      if (reads++ % 2 === 0 && reads / 2 < times) happens();
      return bytes;
    },
  }));
  return (await import('./read-text.ts')).readText;
}
afterEach(() => vi.doUnmock('node:fs'));

/** Another text of the same length. */
const turned = (file: string): string => [...readFileSync(file, 'utf8')].reverse().join('');

describe('the text of a file', () => {
  it.each<[string, (file: string) => void]>([
    ['cut', (file) => truncateSync(file, Math.max(0, statSync(file).size - 1))],
    ['written on', (file) => appendFileSync(file, 'x')],
    ['removed', (file) => rmSync(file)],
    [
      'replaced by another of its size and time',
      (file) => {
        const { atime, mtime } = statSync(file);
        writeFileSync(`${file}.new`, turned(file));
        utimesSync(`${file}.new`, atime, mtime);
        renameSync(`${file}.new`, file);
      },
    ],
    [
      'written over in the same step of the clock',
      (file) => {
        const { atime, mtime } = statSync(file);
        writeFileSync(file, turned(file));
        utimesSync(file, atime, mtime);
      },
    ],
  ])('that is %s whenever it is read is refused', async (_what, happens) => {
    await using dir = await tempDir();
    const file = await dir.write('users', 'the one');
    // In whole milliseconds, which is what a time can be set to.
    utimesSync(file, 1_800_000_000, 1_800_000_000);
    const read = await readTextWith(() => happens(file));
    expect(() => read(file, 'file', 100)).toThrow(/was written while it was read|no such file/);
  });

  it('that is replaced once while it is read is the new one', async () => {
    await using dir = await tempDir();
    const file = await dir.write('users', 'old');
    const read = await readTextWith(() => writeFileSync(file, 'the new one'), 1);
    expect(read(file, 'file', 100)).toBe('the new one');
  });

  it('is without its byte order mark, unless that is asked for', async () => {
    await using dir = await tempDir();
    const file = await dir.write('users', '\uFEFFa');
    expect(readText(file, 'file', 10)).toBe('a');
    expect(readText(file, 'file', 10, { keepsMark: true })).toBe('\uFEFFa');
    expect(() => readText(file, 'file', 3)).toThrow(/more than 3 bytes/);
  });
});
