import type { ReadStream } from 'node:tty';
import { UsageError } from '../../errors.ts';
import type { Io } from '../command.ts';

const BACKSPACE = new Set(['\b', '\x7f']);

/**
 * Asks one question after the other on a terminal, and shows nothing of the answers, not even of those that are typed before
 * their question. Throws UsageError where there is no terminal, and at ^C.
 */
export async function askHidden(
  questions: readonly string[],
  { stdin, err }: Pick<Io, 'stdin' | 'err'>,
): Promise<readonly string[]> {
  if (!isTerminal(stdin)) {
    throw new UsageError(
      'there is no terminal to ask for the password on; give it by -p, or by -p - on standard input',
    );
  }
  const wasRaw = stdin.isRaw;
  stdin.setRawMode(true);
  stdin.setEncoding('utf8');
  stdin.resume();
  err(questions[0] ?? '');
  try {
    return await new Promise<readonly string[]>((resolve, reject) => {
      const answers: string[] = [];
      let typed: string[] = [];
      const enter = (): void => {
        answers.push(typed.join(''));
        typed = [];
        err('\n');
        if (answers.length < questions.length) err(questions[answers.length] ?? '');
        else stop(() => resolve(answers));
      };
      const stop = (settle: () => void): void => {
        stdin.off('data', onData);
        settle();
      };
      const take = (char: string): void => {
        if (char === '\r' || char === '\n') enter();
        else if (char === '\x03' || (char === '\x04' && typed.length === 0)) {
          err('\n');
          stop(() => reject(new UsageError('no password was given; nothing was changed')));
        } else if (BACKSPACE.has(char)) typed = typed.slice(0, -1);
        else if (char === '\x15') typed = [];
        else typed.push(char);
      };
      const onData = (chunk: string): void => {
        for (const char of chunk) if (answers.length < questions.length) take(char);
      };
      stdin.on('data', onData);
    });
  } finally {
    stdin.setRawMode(wasRaw);
    stdin.pause();
  }
}

const isTerminal = (stdin: Io['stdin']): stdin is ReadStream => stdin.isTTY === true && 'setRawMode' in stdin;
