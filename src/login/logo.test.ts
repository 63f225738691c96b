import { describe, expect, it } from 'vitest';
import { tempDir } from '../../test/support/temp-dir.ts';
import { ConfigInvalid } from '../errors.ts';
import { readLogo } from './logo.ts';

describe('a logo', () => {
  it.each([
    ['logo.svg', 'image/svg+xml'],
    ['logo.PNG', 'image/png'],
    ['logo.jpeg', 'image/jpeg'],
    ['logo.webp', 'image/webp'],
  ])('%s is served as %s, under a name that changes with it', async (name, contentType) => {
    await using dir = await tempDir();
    const one = await readLogo(await dir.write(name, 'one'));
    const other = await readLogo(await dir.write(name, 'other'));
    expect(one).toMatchObject({ contentType, name: expect.stringMatching(/^[0-9a-f]{16}\.\w+$/) });
    expect(other?.name).not.toBe(one?.name);
  });

  it('is not needed', async () => {
    expect(await readLogo(null)).toBeNull();
  });

  it('that is no picture, not there or too large is refused, in words that say what to do', async () => {
    await using dir = await tempDir();
    const large = await dir.write('large.png', 'x'.repeat(600 * 1024));
    for (const [file, message] of [
      [dir.file('logo.html'), /is no picture; name a \.svg/],
      [dir.file('none.svg'), /cannot read .*none\.svg; name a file that is there/],
      [large, /is larger than 512 KiB; make it smaller/],
    ] as const) {
      await expect(readLogo(file)).rejects.toThrow(ConfigInvalid);
      await expect(readLogo(file)).rejects.toThrow(message);
    }
  });
});
