import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { type TempDir, tempDir } from '../../test/support/temp-dir.ts';
import { ConfigInvalid } from '../errors.ts';
import { readKeyLines } from './key-lines.ts';
import { createKeyRingFile, generateKey, loadKeyRing } from './key-ring.ts';
import { rotateKeys } from './rotate-keys.ts';

const START = Date.UTC(2026, 10, 22);
const HOUR = 3_600_000;
const KEEP = 8 * HOUR;
let dir: TempDir;
let file: string;
beforeEach(async () => {
  dir = await tempDir();
  file = dir.file('session.keys');
  return () => dir[Symbol.asyncDispose]();
});

const read = (): string => readFileSync(file, 'utf8');
const keysIn = (): string[] => readKeyLines(read(), file).map(({ key }) => key);
const rotate = (nowMs: number, keepMs = KEEP) => rotateKeys(file, { keepMs, nowMs });

describe('rotating the keys', () => {
  it('puts a new one first, says when each was made, and keeps the others', async () => {
    createKeyRingFile(file, START);
    const [old] = keysIn();
    expect(await rotate(START + HOUR)).toEqual({ kept: 1, retired: 0 });
    const [newest, ...older] = keysIn();
    expect(older).toEqual([old]);
    expect(newest).not.toBe(old);
    expect(readKeyLines(read(), file).map(({ made }) => made?.ms)).toEqual([START + HOUR, START]);
    expect(loadKeyRing(file).keys).toHaveLength(2);
  });

  it('with standby, adds a key that opens and does not seal until the next time, and is not made twice', async () => {
    createKeyRingFile(file, START);
    const [old] = keysIn();
    await rotateKeys(file, { keepMs: KEEP, nowMs: START + HOUR, standby: true });
    const [sealing, waiting, ...more] = keysIn();
    expect([sealing, more]).toEqual([old, []]);
    await expect(rotateKeys(file, { keepMs: KEEP, nowMs: START + HOUR, standby: true })).rejects.toThrow(/stands by/);
    // However long it has waited.
    expect(await rotate(START + 100 * KEEP)).toEqual({ kept: 1, retired: 0 });
    expect(keysIn()).toEqual([waiting, old]);
    expect(readKeyLines(read(), file)[0].made?.ms).toBe(START + 100 * KEEP);
    expect(read()).not.toContain('standby');
    await rotate(START + 100 * KEEP + HOUR);
    expect(keysIn().slice(1)).toEqual([waiting, old]);
  });

  it('takes a key out only when nothing that it sealed can be alive, however old it is itself', async () => {
    createKeyRingFile(file, START);
    const [first] = keysIn();
    // It sealed until now, a year later.
    const later = START + 365 * 24 * HOUR;
    expect(await rotate(later)).toEqual({ kept: 1, retired: 0 });
    expect(await rotate(later + KEEP)).toEqual({ kept: 2, retired: 0 });
    expect(keysIn()).toContain(first);
    expect(await rotate(later + KEEP + HOUR)).toEqual({ kept: 2, retired: 1 });
    expect(keysIn()).not.toContain(first);
  });

  it('never takes out a key that sealed less than its time ago, however often it is done', async () => {
    const waits = fc.array(fc.integer({ min: 0, max: 12 * HOUR }), { maxLength: 25 });
    await fc.assert(
      fc.asyncProperty(waits, async (pauses) => {
        writeFileSync(file, `${generateKey()}\n`, { mode: 0o600 });
        utimesSync(file, START / 1000, START / 1000);
        let now = START;
        const sealedUntil = new Map<string, number>();
        for (const pause of pauses) {
          now += pause;
          for (const key of keysIn().slice(0, 1)) sealedUntil.set(key, now);
          await rotate(now);
          for (const [key, untilMs] of sealedUntil) if (now - untilMs <= KEEP) expect(keysIn()).toContain(key);
        }
      }),
      { numRuns: 15 },
    );
  });

  it('keeps every comment and line end, and gives keys without a time that of the file', async () => {
    const [a, b] = [generateKey(), generateKey()];
    writeFileSync(file, `# ours\r\n\r\n# by Anna\r\n${a}\r\n# the old one\r\n${b}\r\n# end`, { mode: 0o600 });
    utimesSync(file, START / 1000, START / 1000);
    await rotate(START + HOUR);
    const made = `# made ${new Date(START).toISOString()}`;
    expect(read().replace(keysIn()[0] ?? '', 'NEW')).toBe(
      `# ours\r\n\r\n# by Anna\r\n# made ${new Date(START + HOUR).toISOString()}\r\nNEW\r\n${made}\r\n${a}\r\n# the old one\r\n${made}\r\n${b}\r\n# end`,
    );
    await rotate(START + 2 * HOUR + KEEP);
    expect(keysIn()).not.toContain(b);
    expect(read()).toContain('# the old one\r\n# end');
  });

  it('keeps the mode, a symlink to it, and leaves nothing beside it', async () => {
    createKeyRingFile(dir.file('real.keys'), START);
    chmodSync(dir.file('real.keys'), 0o400);
    writeFileSync(dir.file('.real.keys.0123456789ab.tmp'), 'half');
    symlinkSync(dir.file('real.keys'), file);
    await rotate(START + HOUR);
    expect(statSync(file).mode & 0o777).toBe(0o400);
    expect(readdirSync(dir.path).sort()).toEqual(['real.keys', 'session.keys']);
    expect(keysIn()).toHaveLength(2);
  });

  it('at once by several loses no key', async () => {
    createKeyRingFile(file, START);
    const [old] = keysIn();
    await Promise.all(Array.from({ length: 8 }, () => rotate(START)));
    expect(keysIn()).toHaveLength(9);
    expect(keysIn().at(-1)).toBe(old);
  });

  it('refuses more keys than a ring has, rather than to take one out too early', async () => {
    writeFileSync(file, `${Array.from({ length: 32 }, generateKey).join('\n')}\n`, { mode: 0o600 });
    const before = read();
    await expect(rotate(Date.now())).rejects.toThrow(/rotate less often/);
    expect(read()).toBe(before);
  });

  it.each<[string, string, RegExp]>([
    ['no key', '# none\n', /has no key/],
    ['half a key', 'AAAA\n', /:1: is a key of 3 bytes/],
    ['a time that is none', `# made 2026-99-99\n${generateKey()}\n`, /:1: is not a time/],
  ])('leaves a ring with %s as it is, and says where', async (_what, text, words) => {
    writeFileSync(file, text, { mode: 0o600 });
    await expect(rotate(START)).rejects.toThrow(ConfigInvalid);
    await expect(rotate(START)).rejects.toThrow(words);
    expect(read()).toBe(text);
  });

  it('makes no ring where there is none', async () => {
    await expect(rotate(START)).rejects.toThrow(/there is no such file/);
    expect(existsSync(file)).toBe(false);
  });
});
