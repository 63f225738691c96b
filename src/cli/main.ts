import { readFileSync } from 'node:fs';
import { UsageError } from '../errors.ts';
import type { Command, Io } from './command.ts';
import { sayError } from './say-error.ts';

/** Each is read when it is called for: what serves does not hold what initialises. */
const LOADERS = {
  serve: async () => (await import('./serve.ts')).serve,
  demo: async () => (await import('./demo.ts')).demo,
  check: async () => (await import('./check.ts')).check,
  explain: async () => (await import('./explain.ts')).explain,
  user: async () => (await import('./user.ts')).user,
  secret: async () => (await import('./secret.ts')).secret,
  'oauth-secret': async () => (await import('./oauth-secret.ts')).oauthSecret,
  token: async () => (await import('./token.ts')).token,
  revoke: async () => (await import('./revoke.ts')).revoke,
  init: async () => (await import('./init.ts')).init,
  health: async () => (await import('./health.ts')).health,
} satisfies Record<string, () => Promise<Command>>;

/** In the order in which they are told. */
export const loadCommands = (): Promise<Command[]> => Promise.all(Object.values(LOADERS).map((load) => load()));

const isCommand = (name: string): name is keyof typeof LOADERS => Object.hasOwn(LOADERS, name);

/** What `dashgate --help` says. */
export const helpOf = (
  commands: readonly Command[],
): string => `dashgate puts a login in front of any dashboard without touching it.

Usage: dashgate [COMMAND] [OPTIONS]

${commands.map(({ name, summary }) => `  ${name.padEnd(12)} ${summary}`).join('\n')}

  dashgate COMMAND --help    what a command takes; also: dashgate help COMMAND
  dashgate --version         the version; also: -v

Without a command it serves the dashgate.yaml that is here.`;

/** @returns the exit code: 0 done, 1 refused or not found, 2 usage or configuration */
export async function main(args: readonly string[], io: Io): Promise<number> {
  const [first = '', ...rest] = spellHelp(args);
  try {
    const named = isCommand(first) ? await LOADERS[first]() : null;
    if (named) {
      if (rest.some((word) => word === '--help' || word === '-h')) io.out(`${named.usage}\n`);
      else return await named.run(rest, io);
    } else if (first === '--help' || first === '-h' || first === 'help') io.out(`${helpOf(await loadCommands())}\n`);
    else if (first === '--version' || first === '-v') io.out(`${version()}\n`);
    else if (first !== '' && !first.startsWith('--')) {
      throw new UsageError(`there is no command "${first}"; "dashgate --help" lists them`);
    } else return await (await LOADERS.serve()).run(args, io);
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
