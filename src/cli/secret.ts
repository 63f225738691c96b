import { resolve } from 'node:path';
import { loadConfig } from '../config/load.ts';
import { UsageError } from '../errors.ts';
import { systemClock } from '../lib/clock.ts';
import { formatDuration, parseDuration } from '../lib/duration.ts';
import { createKeyRingFile, generateKey } from '../session/key-ring.ts';
import { rotateKeys } from '../session/rotate-keys.ts';
import { type Parsed, readArguments } from './arguments.ts';
import type { Command, Io } from './command.ts';

const ROTATING = { rotate: 'switch', standby: 'switch', config: 'text', keep: 'text' } as const;

export const secret: Command = {
  name: 'secret',
  summary: 'Make a key for session.secret_file, or rotate those in it',
  usage: `Usage: dashgate secret [--output FILE]
       dashgate secret --rotate [--standby] [--config FILE] [--keep AGE] [--KEY VALUE ...]

Prints a new key: 32 random bytes, base64url, as a line of session.secret_file.

  --output FILE   make FILE with one new key in it, mode 600; a file that is
                  there already is left as it is (exit code 1)
  --rotate        put a new key first in session.secret_file, and take out
                  those that nothing alive can have been sealed with. A
                  running dashgate reads it within a second, and nobody is
                  signed out
  --standby       with --rotate, for several instances that read the file at
                  different times: the new key opens and does not seal yet; the
                  next --rotate lets it seal
  --config FILE   the configuration (default: dashgate.yaml here)
  --keep AGE      how long a key stays after a newer one took its place, as
                  90d; never shorter than a session can last, which is the
                  default

The age of a key is in the comment above it, "# made 2026-11-22T09:30:00Z".`,

  async run(args, io) {
    if (args.includes('--rotate')) return rotate(readArguments(args, ROTATING, { takesConfig: true }), io);
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

async function rotate({ options, config: flags }: Pick<Parsed, 'options' | 'config'>, io: Io): Promise<number> {
  const file = typeof options.config === 'string' ? options.config : undefined;
  const wantedMs = typeof options.keep === 'string' ? parseDuration(options.keep) : 0;
  if (wantedMs === null) throw new UsageError('--keep is not a duration; write a number and its unit, as 90d or 36h');
  const { config } = await loadConfig({ file, env: io.env, flags, cwd: io.cwd });
  const { secretFile, lifetimeMs, rememberMs } = config.session;
  const keepMs = Math.max(wantedMs, lifetimeMs, rememberMs ?? 0);
  const standby = options.standby === true;
  const { kept, retired } = await rotateKeys(secretFile, { keepMs, nowMs: systemClock.nowMs(), standby });
  if (standby) {
    io.out(
      `${secretFile}: a new key opens from now on; it seals once every instance has it and --rotate is called again\n`,
    );
    return 0;
  }
  const older = kept === 1 ? '1 older key still opens' : `${kept} older keys still open`;
  io.out(
    `${secretFile}: a new key seals from now on; ${older} what was sealed before, for ${formatDuration(keepMs)} each; ${retired} taken out\n`,
  );
  return 0;
}
