import { resolve } from 'node:path';
import { createKeyRingFile, generateKey } from '../session/key-ring.ts';
import { readArguments } from './arguments.ts';
import type { Command } from './command.ts';

export const secret: Command = {
  name: 'secret',
  summary: 'Make a key for session.secret_file',
  usage: `Usage: dashgate secret [--output FILE]

Prints a new key: 32 random bytes, base64url, as a line of session.secret_file.

  --output FILE   make FILE with one new key in it, mode 600; a file that is
                  there already is left as it is (exit code 1)`,

  async run(args, io) {
    const { options } = readArguments(args, { output: 'text' });
    if (typeof options.output !== 'string') {
      io.out(`${generateKey()}\n`);
      return 0;
    }
    const file = resolve(io.cwd, options.output);
    if (createKeyRingFile(file)) return 0;
    io.err(`dashgate: ${file} is there already; it is left as it is\n`);
    return 1;
  },
};
