import { expect, it } from 'vitest';
import { tempDir } from '../../test/support/temp-dir.ts';
import { readSecretLine } from './secret-line.ts';

const asked = { what: 'secret file', held: 'secret' } as const;

it.each(['s3cret', 's3cret\n', 's3cret\r\n'])('is what its one line holds: %j', async (held) => {
  await using dir = await tempDir();
  expect(readSecretLine(await dir.write('app.secret', held, 0o600), asked)).toEqual({ text: 's3cret', warning: null });
});

it.each(['', '\n', 's3cret\nmore', 's3cret\n\n', 's3\0cret'])('is nothing else: %j', async (held) => {
  await using dir = await tempDir();
  const file = await dir.write('app.secret', held, 0o600);
  expect(() => readSecretLine(file, asked)).toThrow(
    `${file}: is not one line with a secret; write the secret and nothing else`,
  );
});
