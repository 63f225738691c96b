// Read by any Node: nothing new in it, and nothing imported that has.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PLATFORM = process.platform === 'win32' ? 'win' : process.platform;
const PROGRAM = process.platform === 'win32' ? 'node.exe' : 'node';

/** Starts the same command on the Node that npm brought along, and ends as it does; where there is none, says so in one line. */
export function runOnNewerNode(): void {
  const node = findNode(fileURLToPath(new URL('.', import.meta.url)));
  if (node === null) {
    refuse();
    return;
  }
  const args = [...process.execArgv, ...process.argv.slice(1)];
  // The channel closes when this process is gone, however that came.
  const child = spawn(node, args, { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
  child.on('error', refuse);
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 1);
  });
}

/** Looks for it as Node looks for packages: in this folder's node_modules and in those above. */
export function findNode(from: string): string | null {
  for (const name of [`node-${PLATFORM}-${process.arch}`, `node-bin-${PLATFORM}-${process.arch}`]) {
    const folder = join(from, 'node_modules', name);
    const program = join(folder, 'bin', PROGRAM);
    if (existsSync(program) && isNewer(join(folder, 'package.json'))) return program;
  }
  return dirname(from) === from ? null : findNode(dirname(from));
}

function isNewer(manifest: string): boolean {
  const { version }: { version?: unknown } = JSON.parse(readFileSync(manifest, 'utf8'));
  return Number.parseInt(String(version), 10) >= 24;
}

function refuse(): void {
  process.stderr.write(
    `dashgate: dashgate needs Node 24 or newer; this is ${process.version} for ${process.platform} ${process.arch}, and npm brought no newer one; install it from https://nodejs.org/en/download\n`,
  );
  process.exitCode = 2;
}
