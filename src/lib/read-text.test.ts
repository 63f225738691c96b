import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { tempDir } from '../../test/support/temp-dir.ts';
import { ConfigInvalid } from '../errors.ts';
import { readText } from './read-text.ts';

describe('the text of a file', () => {
  it('is whole, or it is refused, while another writes the file in place', async () => {
    await using dir = await tempDir();
    const file = await dir.write('users', '0'.repeat(300_000));
    const writer = spawn(
      process.execPath,
      [
        '-e',
        `const fs = require('node:fs'); console.log('begun'); for (let i = 0; ; i++) fs.writeFileSync(${JSON.stringify(file)}, String(i % 10).repeat(300000));`,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    try {
      await once(writer.stdout, 'data');
      const untilMs = Date.now() + 1000;
      let refused = 0;
      let read = 0;
      while (Date.now() < untilMs) {
        try {
          const text = readText(file, 'file', 1_000_000);
          expect(text.length === 300_000 && new Set(text).size === 1).toBe(true);
          read++;
        } catch (error) {
          if (!(error instanceof ConfigInvalid)) throw error;
          expect(error.message).toMatch(/was written while it was read/);
          refused++;
        }
      }
      expect(refused).toBeGreaterThan(0);
      expect(read + refused).toBeGreaterThan(10);
    } finally {
      writer.kill('SIGKILL');
    }
  });

  it('is without its byte order mark, unless that is asked for', async () => {
    await using dir = await tempDir();
    const file = await dir.write('users', '\uFEFFa');
    expect(readText(file, 'file', 10)).toBe('a');
    expect(readText(file, 'file', 10, true)).toBe('\uFEFFa');
    expect(() => readText(file, 'file', 3)).toThrow(/more than 3 bytes/);
  });
});
