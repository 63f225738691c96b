import type { ReadStream } from 'node:tty';
import { UsageError } from '../../errors.ts';
import type { Io } from '../command.ts';

const BACKSPACE = new Set(['\b', '\x7f']);

/** Asks on a terminal, and shows nothing of the answer. Throws UsageError where there is no terminal, and at ^C. */
export async function askHidden(question: string, { stdin, err }: Pick<Io, 'stdin' | 'err'>): Promise<string> {
  if (!isTerminal(stdin)) {
    throw new UsageError(
      'there is no terminal to ask for the password on; give it by -p, or by -p - on standard input',
    );
  }
  const wasRaw = stdin.isRaw;
  err(question);
  stdin.setRawMode(true);
  stdin.setEncoding('utf8');
  stdin.resume();
  try {
    return await new Promise<string>((resolve, reject) => {
      let typed: string[] = [];
      const stop = (settle: () => void): void => {
        stdin.off('data', onData);
        settle();
      };
      /** @returns whether there is more to come */
      const take = (char: string): boolean => {
        const isEnd = char === '\r' || char === '\n';
        const isGivenUp = char === '\x03' || (char === '\x04' && typed.length === 0);
        if (isEnd) stop(() => resolve(typed.join('')));
        else if (isGivenUp) stop(() => reject(new UsageError('no password was given; nothing was changed')));
        else if (BACKSPACE.has(char)) typed = typed.slice(0, -1);
        else if (char === '\x15') typed = [];
        else typed.push(char);
        return !isEnd && !isGivenUp;
      };
      const onData = (chunk: string): void => {
        for (const char of chunk) if (!take(char)) return;
      };
      stdin.on('data', onData);
    });
  } finally {
    stdin.setRawMode(wasRaw);
    stdin.pause();
    err('\n');
  }
}

const isTerminal = (stdin: Io['stdin']): stdin is ReadStream => stdin.isTTY === true && 'setRawMode' in stdin;
