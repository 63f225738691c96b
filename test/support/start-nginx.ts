import { execFile } from 'node:child_process';
import { readFileSync, watch } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { program } from './programs.ts';
import { type RunningProgram, startProgram } from './start-program.ts';
import { type TempDir, tempDir } from './temp-dir.ts';

const runFile = promisify(execFile);

export interface Nginx extends AsyncDisposable {
  /** Its prefix: relative names in the configuration are looked for here. */
  readonly dir: TempDir;
  /** What stands in its error log, from level notice on. */
  errorLog(): Promise<string>;
  /** SIGHUP, as an operator reloads it. */
  reload(): void;
}

/** Settings that a configuration for a system's own place would leave to it, as far as this one leaves them out. */
function settings(conf: string, dir: TempDir): string {
  const says = (name: string): boolean => new RegExp(`^\\s*${name}\\s`, 'm').test(conf);
  return [
    'daemon off;',
    `error_log ${dir.file('error.log')} notice;`,
    says('pid') ? '' : `pid ${dir.file('nginx.pid')};`,
    // As root its workers become a user that may not read a temporary folder.
    says('user') || process.getuid?.() !== 0 ? '' : 'user root;',
  ].join(' ');
}

const httpOnly = (http: string): string => `
events {}
http {
  access_log off;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
${http}
}
`;

/**
 * The real nginx, in front, in a folder of its own.
 * @param conf - a whole configuration, or, without an `http` block, what stands inside one
 * @param files - further files below its prefix: certificates, snippets to include
 * @throws with what `nginx -t` says when it refuses the configuration
 */
export async function startNginx(conf: string, files: Record<string, string> = {}): Promise<Nginx> {
  const dir = await tempDir();
  let master: RunningProgram | undefined;
  const close = async (): Promise<void> => {
    await master?.stop();
    await dir[Symbol.asyncDispose]();
  };
  try {
    for (const [name, content] of Object.entries(files)) await dir.write(name, content);
    const whole = /^\s*http\s*\{/m.test(conf) ? conf : httpOnly(conf);
    const file = await dir.write('nginx.conf', whole);
    const args = ['-p', dir.path, '-e', dir.file('error.log'), '-c', file, '-g', settings(whole, dir)];
    await runFile(program('nginx'), ['-t', ...args]).catch((error: Error & { stderr?: string }) => {
      throw new Error(`nginx refuses the configuration:\n${error.stderr ?? error.message}`);
    });
    master = await startProgram(program('nginx'), args);
    await listening(dir, master);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    dir,
    errorLog: () => readFile(dir.file('error.log'), 'utf8'),
    reload: () => master?.kill('SIGHUP'),
    [Symbol.asyncDispose]: close,
  };
}

/** nginx starts its workers once all its sockets are open, and says so in the log. */
function listening(dir: TempDir, master: RunningProgram): Promise<void> {
  const file = dir.file('error.log');
  const watcher = watch(file);
  const log = (): string => readFileSync(file, 'utf8');
  let late: NodeJS.Timeout | undefined;
  return new Promise<void>((resolve, reject) => {
    const look = (): void => {
      if (/start worker process \d/.test(log())) resolve();
    };
    const fail = (why: string) => (): void => reject(new Error(`nginx ${why}:\n${master.output()}${log()}`));
    watcher.on('change', look).on('error', reject);
    late = setTimeout(fail('was not ready within 20 s'), 20_000);
    void master.ended.then(fail('ended'));
    look();
  }).finally(() => {
    clearTimeout(late);
    watcher.close();
  });
}
