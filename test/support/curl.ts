import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { type PlainResponse, parseHead } from './parse-response.ts';
import { program } from './programs.ts';
import { tempDir } from './temp-dir.ts';

const runFile = promisify(execFile);

/**
 * One call of the real curl, with curl's own arguments (`-u mica:1234`, `-b jar -c jar`, `-k`, `-L` …).
 * @returns the last response, when it followed redirects
 * @throws with curl's own words when there was no response at all
 */
export async function curl(...args: string[]): Promise<PlainResponse> {
  await using dir = await tempDir();
  // -q: not the person's own curl settings.
  const fixed = ['-q', '--silent', '--show-error', '--max-time', '30', '--noproxy', '*'];
  await runFile(program('curl'), [...fixed, '--dump-header', dir.file('head'), '--output', dir.file('body'), ...args]);
  const heads = (await readFile(dir.file('head'), 'latin1')).split('\r\n\r\n').filter((head) => head !== '');
  const body = await readFile(dir.file('body'), 'utf8').catch(() => '');
  return { ...parseHead(heads.at(-1) ?? ''), body };
}
