import { writeFile } from 'node:fs/promises';
import { UsageError } from '../../errors.ts';

/** @throws UsageError where it cannot be written */
export async function writeOutput(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (cause) {
    throw new UsageError(`--output: cannot write ${file}; name a file in a folder that is there and yours`, { cause });
  }
}
