import { createReadStream } from 'node:fs';
import { ConfigInvalid } from '../errors.ts';

const LARGEST = 1024 * 1024;

const UNREADABLE: Record<string, string> = {
  ENOENT: 'there is no such file; write one, or name another',
  ENOTDIR: 'there is no such file; write one, or name another',
  EISDIR: 'is a folder; name the file in it',
  EACCES: 'may not be read; give dashgate the right to',
  EPERM: 'may not be read; give dashgate the right to',
};

/**
 * Reads a file that people write: UTF-8, at most 1 MB.
 * @param shown - what messages call it
 * @returns `null` where it may be missing and is
 * @throws ConfigInvalid
 */
export async function readText(path: string, shown: string, mayBeMissing: boolean): Promise<string | null> {
  const bytes = await readBytes(path).catch((cause: unknown) => {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    if (code === 'ENOENT' && mayBeMissing) return null;
    throw new ConfigInvalid(`${shown}: ${UNREADABLE[code] ?? 'cannot be read; check the name and the disk'}`, {
      cause,
    });
  });
  if (bytes === null) return null;
  if (bytes.length > LARGEST) throw new ConfigInvalid(`${shown}:1: is larger than 1 MB; no configuration is`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new ConfigInvalid(`${shown}:1: is not text; write YAML in UTF-8`, { cause });
  }
}

/** One byte more than may be is enough to know: a device never ends. */
async function readBytes(path: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of createReadStream(path, { end: LARGEST })) chunks.push(chunk);
  return Buffer.concat(chunks);
}
