import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigInvalid } from '../errors.ts';
import { createKeyRingFile, deriveKeys, generateKey, loadKeyRing } from './key-ring.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keys-'));
  file = join(folder, 'session.keys');
});
afterEach(() => rmSync(folder, { recursive: true }));

const load = (text: string) => {
  writeFileSync(file, text, { mode: 0o600 });
  return loadKeyRing(file);
};
const SESSION = 'dashgate/session/v1';

describe('a key ring', () => {
  it('is made private, and stays when it is there already', () => {
    expect(createKeyRingFile(file)).toBe(true);
    const text = readFileSync(file, 'utf8');
    expect(createKeyRingFile(file)).toBe(false);
    expect(readFileSync(file, 'utf8')).toBe(text);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['session.keys']);
    expect(loadKeyRing(file)).toMatchObject({ keys: [{ symmetricKeySize: 32 }], warnings: [] });
  });

  it('cannot be made without a folder', () => {
    expect(() => createKeyRingFile(join(folder, 'missing', 'k'))).toThrow(/make its folder/);
  });

  it('is read newest first, past comments and empty lines, with any line ends', () => {
    const [newest, oldest] = [generateKey(), generateKey()];
    const ring = load(`# new\r\n${newest}\r\n\r\n  ${oldest}`);
    expect(ring.keys.map((key) => key.export().toString('base64url'))).toEqual([newest, oldest]);
  });

  const KEY = generateKey();
  it.each<[string, string, string, RegExp]>([
    ['no key', '# none\n', '', /has no key/],
    ['a key that is too short', `${KEY}\n${KEY.slice(0, 20)}\n`, ':2', /15 bytes instead of 32/],
    ['half a line', `${generateKey()}\n\n${KEY.slice(0, 40)}`, ':3', /half-written/],
    ['a key that is too long', `${KEY}AAAA\n`, ':1', /35 bytes/],
    ['plain base64', `${'+/'.repeat(21)}E=\n`, ':1', /is not a key/],
    ['words', 'correct horse battery staple\n', ':1', /is not a key/],
    ['one key twice', `${KEY}\n#\n${KEY}\n`, ':3', /same key as in line 1/],
    ['zeros', `${Buffer.alloc(32).toString('base64url')}\n`, ':1', /at random/],
    ['more keys than anyone turns', Array.from({ length: 33 }, generateKey).join('\n'), ':33', /at most 32/],
  ])('with %s is refused, with the line and without the key', (_what, text, at, words) => {
    expect(() => load(text)).toThrow(ConfigInvalid);
    expect(() => load(text)).toThrow(words);
    expect(() => load(text)).toThrow(`${file}${at}: `);
    const spilt = text.split('\n').filter((line) => line.length > 10 && !line.startsWith('#'));
    for (const line of spilt) expect(() => load(text)).not.toThrow(line);
  });

  it('that others may read is refused, with what to do', () => {
    createKeyRingFile(file);
    for (const mode of [0o644, 0o640, 0o604, 0o620]) {
      chmodSync(file, mode);
      expect(() => loadKeyRing(file)).toThrow(`chmod 600 ${file}`);
    }
  });

  it('shows nothing of its keys when it is printed', () => {
    const ring = load(`${KEY}\n`);
    expect(inspect(ring, { depth: 9 }) + JSON.stringify(ring)).not.toContain(KEY.slice(0, 8));
  });
});

describe('derived keys', () => {
  it('differ by key and by purpose, stay the same for both, and so do their names', () => {
    const ring = load(`${generateKey()}\n${generateKey()}\n`);
    const sessions = deriveKeys(ring, SESSION);
    const assertions = deriveKeys(ring, 'dashgate/assertion/v1');
    const all = [...sessions, ...assertions];
    expect(new Set(all.map(({ kid }) => kid)).size).toBe(4);
    expect(new Set(all.map(({ key }) => Buffer.from(key).toString('hex'))).size).toBe(4);
    expect(deriveKeys(ring, SESSION)).toEqual(sessions);
    for (const { kid, key } of all) {
      expect(key).toHaveLength(32);
      expect(kid).toMatch(/^[\w-]{12}$/);
      const name = Buffer.from(kid, 'base64url');
      for (const other of all) expect(Buffer.from(other.key).includes(name.subarray(0, 4))).toBe(false);
    }
  });

  it('are those of RFC 5869 with SHA-256 and no salt, for good', () => {
    const ring = load(`${Buffer.from(Array.from({ length: 32 }, (_none, at) => at)).toString('base64url')}\n`);
    const [derived] = deriveKeys(ring, SESSION);
    expect(derived?.kid).toBe('yKRTmj73ronF');
    expect(Buffer.from(derived?.key ?? []).toString('hex')).toBe(
      'db8bcdd0281dc1340620bdeeca5a233c8f778d77ff8481cf46535ffa8bdb46b0',
    );
  });
});
