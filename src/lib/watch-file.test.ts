import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { watchFile } from './watch-file.ts';

const intervalMs = 300;
let folder: string;
let file: string;
let stop: () => void;
const onChange = vi.fn();
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  folder = mkdtempSync(join(tmpdir(), 'watch-'));
  file = join(folder, 'users.yaml');
  writeFileSync(file, 'one');
  onChange.mockReset();
});
afterEach(() => {
  stop();
  vi.useRealTimers();
  rmSync(folder, { recursive: true });
});

/** Lets one interval pass, and the look at the real files come to its end. */
async function look(): Promise<void> {
  vi.advanceTimersByTime(intervalMs);
  while (vi.getTimerCount() === 0) await setImmediate();
}

describe('a watched file', () => {
  it.each<[string, () => void]>([
    ['written in place', () => writeFileSync(file, 'other')],
    ['written in place with the same length', () => writeFileSync(file, 'two')],
    [
      'renamed over',
      () => {
        writeFileSync(`${file}.new`, 'two');
        renameSync(`${file}.new`, file);
      },
    ],
  ])('that is %s is told of once it has stood still, and only once', async (_how, change) => {
    // Longer ago than the clock of any file system ticks.
    utimesSync(file, 1, 1);
    stop = watchFile(file, { intervalMs }, onChange);
    change();
    await look();
    expect(onChange).not.toHaveBeenCalled();
    await look();
    expect(onChange).toHaveBeenCalledTimes(1);
    await look();
    await look();
    expect(onChange).toHaveBeenCalledTimes(1);
  });

  it('that still grows is not told of', async () => {
    stop = watchFile(file, { intervalMs }, onChange);
    for (let at = 0; at < 5; at++) {
      appendFileSync(file, 'more');
      await look();
    }
    expect(onChange).not.toHaveBeenCalled();
    await look();
    expect(onChange).toHaveBeenCalledTimes(1);
  });

  it('behind a symlink that is swapped, as secrets are mounted, is told of', async () => {
    for (const version of ['v1', 'v2']) {
      mkdirSync(join(folder, version));
      writeFileSync(join(folder, version, 'key'), version);
    }
    symlinkSync('v1', join(folder, 'current'));
    stop = watchFile([file, join(folder, 'current', 'key')], { intervalMs }, onChange);
    symlinkSync('v2', join(folder, 'next'));
    renameSync(join(folder, 'next'), join(folder, 'current'));
    await look();
    await look();
    expect(onChange).toHaveBeenCalledTimes(1);
  });

  it('that is missing for a moment is told of when it is back', async () => {
    stop = watchFile(file, { intervalMs }, onChange);
    rmSync(file);
    for (let at = 0; at < 3; at++) await look();
    expect(onChange).not.toHaveBeenCalled();
    writeFileSync(file, 'back again');
    await look();
    await look();
    expect(onChange).toHaveBeenCalledTimes(1);
  });

  it('that was not there at first is told of when it comes', async () => {
    rmSync(file);
    stop = watchFile(file, { intervalMs }, onChange);
    writeFileSync(file, 'new');
    await look();
    await look();
    expect(onChange).toHaveBeenCalledTimes(1);
  });

  it('is left alone once the watch has ended, even in the middle of a look', async () => {
    stop = watchFile(file, { intervalMs }, onChange);
    writeFileSync(file, 'other');
    await look();
    vi.advanceTimersByTime(intervalMs);
    stop();
    for (let at = 0; at < 10; at++) await setImmediate();
    expect(vi.getTimerCount()).toBe(0);
    expect(onChange).not.toHaveBeenCalled();
  });

  it('that goes is told of once, and once more when it is back; it is read again only where it is another', async () => {
    const onGone = vi.fn();
    const onBack = vi.fn();
    stop = watchFile(file, { intervalMs, onGone, onBack }, onChange);
    renameSync(file, `${file}.away`);
    await look();
    expect(onGone).not.toHaveBeenCalled();
    for (let i = 0; i < 3; i++) await look();
    expect([onGone.mock.calls, onBack.mock.calls]).toEqual([[[[file]]], []]);
    renameSync(`${file}.away`, file);
    for (let i = 0; i < 3; i++) await look();
    expect([onGone.mock.calls, onBack.mock.calls, onChange.mock.calls]).toEqual([[[[file]]], [[[file]]], []]);
    rmSync(file);
    for (let i = 0; i < 3; i++) await look();
    writeFileSync(file, 'another');
    for (let i = 0; i < 3; i++) await look();
    expect([onGone.mock.calls.length, onBack.mock.calls.length, onChange.mock.calls.length]).toEqual([2, 2, 1]);
  });

  it('that is replaced, or was never there, is not told of as gone', async () => {
    const onGone = vi.fn();
    stop = watchFile([file, `${file}.never`], { intervalMs, onGone }, onChange);
    rmSync(file);
    writeFileSync(file, 'two');
    for (let i = 0; i < 3; i++) await look();
    expect(onGone).not.toHaveBeenCalled();
  });
});
