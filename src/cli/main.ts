import { readFileSync } from 'node:fs';
import { UsageError } from '../errors.ts';
import { check } from './check.ts';
import type { Command, Io } from './command.ts';
import { demo } from './demo.ts';
import { explain } from './explain.ts';
import { health } from './health.ts';
import { init } from './init.ts';
import { oauthSecret } from './oauth-secret.ts';
import { revoke } from './revoke.ts';
import { sayError } from './say-error.ts';
import { secret } from './secret.ts';
import { serve } from './serve.ts';
import { user } from './user.ts';

export const COMMANDS: readonly Command[] = [
  serve,
  demo,
  check,
  explain,
  user,
  secret,
  oauthSecret,
  revoke,
  init,
  health,
];

export const HELP = `dashgate puts a login in front of any dashboard without touching it.

Usage: dashgate [COMMAND] [OPTIONS]

${COMMANDS.map(({ name, summary }) => `  ${name.padEnd(12)} ${summary}`).join('\n')}

  dashgate COMMAND --help    what a command takes; also: dashgate help COMMAND
  dashgate --version         the version; also: -v

Without a command it serves the dashgate.yaml that is here.`;

/** @returns the exit code: 0 done, 1 refused or not found, 2 usage or configuration */
export async function main(args: readonly string[], io: Io): Promise<number> {
  const [first = '', ...rest] = spellHelp(args);
  const named = COMMANDS.find(({ name }) => name === first);
  try {
    if (named) {
      if (rest.some((word) => word === '--help' || word === '-h')) io.out(`${named.usage}\n`);
      else return await named.run(rest, io);
    } else if (first === '--help' || first === '-h' || first === 'help') io.out(`${HELP}\n`);
    else if (first === '--version' || first === '-v') io.out(`${version()}\n`);
    else if (first !== '' && !first.startsWith('--')) {
      throw new UsageError(`there is no command "${first}"; "dashgate --help" lists them`);
    } else return await serve.run(args, io);
    return 0;
  } catch (error) {
    return sayError(error, io);
  }
}

/** `help serve` is `serve --help`. */
function spellHelp(args: readonly string[]): readonly string[] {
  const [first, command, ...more] = args;
  return first === 'help' && command !== undefined && more.length === 0 ? [command, '--help'] : args;
}

function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const { version: found }: { version?: unknown } = JSON.parse(text);
  return String(found);
}
