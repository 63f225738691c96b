import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export interface TempDir extends AsyncDisposable {
  readonly path: string;
  /** The full name of a file in it. */
  file(name: string): string;
  /** Writes a file, with the folders above it. @returns its full name */
  write(name: string, content: string | Uint8Array, mode?: number): Promise<string>;
}

const open = new Set<string>();
process.on('exit', () => {
  for (const path of open) rmSync(path, { recursive: true, force: true });
});

/** An empty folder: `await using dir = await tempDir()`. Gone when its scope ends, at the latest with the process. */
export async function tempDir(): Promise<TempDir> {
  // Short, since a unix socket's whole name may have 107 bytes at most.
  const path = await mkdtemp(join(tmpdir(), 'dashgate-'));
  open.add(path);
  const file = (name: string): string => join(path, name);
  return {
    path,
    file,
    async write(name, content, mode = 0o644) {
      await mkdir(dirname(file(name)), { recursive: true });
      await writeFile(file(name), content, { mode });
      return file(name);
    },
    async [Symbol.asyncDispose]() {
      await rm(path, { recursive: true, force: true, maxRetries: 3 });
      open.delete(path);
    },
  };
}
