import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { findNode } from '../../src/cli/newer-node.ts';
import { usersFile } from '../support/gate.ts';
import { startProgram } from '../support/start-program.ts';
import { type TempDir, tempDir } from '../support/temp-dir.ts';
import { freeServer } from './command.ts';

const main = join(import.meta.dirname, '../../src/main.ts');

/** Makes Node believe that it is an older one, but not that which it starts in its place. */
const OLD = `if (!process.channel) {
  for (const [on, name, value] of [[process.versions, 'node', '20.20.2'], [process, 'version', 'v20.20.2']]) {
    Object.defineProperty(on, name, { value });
  }
}`;
const asOld = ['--import', `data:text/javascript,${encodeURIComponent(OLD)}`];

async function withConfig(dir: TempDir): Promise<TempDir> {
  await dir.write('users.yaml', await usersFile());
  const { text } = await freeServer();
  await dir.write(
    'dashgate.yaml',
    `${text}directories: [{ file: users.yaml }]\napps: [{ name: app, at: /, upstream: "http://127.0.0.1:1" }]\n`,
  );
  return dir;
}

const LISTENING = /"message":"listening"/;

describe('on an older Node', { timeout: 60_000 }, () => {
  it('the same command runs on the Node that npm brought along, with its streams, its exit code and its signals', async () => {
    await using dir = await withConfig(await tempDir());
    await using version = await startProgram(process.execPath, [...asOld, main, '--version']);
    expect([await version.ended, version.stderr()]).toEqual([{ code: 0, signal: null }, '']);
    expect(version.stdout()).toMatch(/^\d+\.\d+\.\d+\n$/);
    await using wrong = await startProgram(process.execPath, [...asOld, main, 'serv']);
    expect((await wrong.ended).code).toBe(2);

    const serving = await startProgram(process.execPath, [...asOld, main, 'serve'], {
      cwd: dir.path,
      ready: LISTENING,
    });
    serving.kill('SIGTERM');
    expect((await serving.ended).code).toBe(0);
    expect(serving.stdout()).toContain('"message":"ended"');
  });

  it('what it started ends, though nothing was left to pass a signal on', async () => {
    await using dir = await withConfig(await tempDir());
    await using serving = await startProgram(process.execPath, [...asOld, main, 'serve'], {
      cwd: dir.path,
      ready: LISTENING,
    });
    serving.kill('SIGKILL');
    await serving.printed(/"message":"ended"/);
  });

  it('with none brought along it says so in one line', async () => {
    await using dir = await tempDir();
    await dir.write('package.json', '{ "type": "module" }');
    for (const name of ['main.ts', 'cli/newer-node.ts']) {
      await dir.write(`src/${name}`, await readFile(join(main, '..', name), 'utf8'));
    }
    await using program = await startProgram(process.execPath, [...asOld, dir.file('src/main.ts'), 'serve']);
    expect((await program.ended).code).toBe(2);
    expect(program.output()).toMatch(/^dashgate: dashgate needs Node 24 or newer; this is v20\.20\.2 for .*\n$/);
  });
});

describe('the Node that npm brought along', () => {
  const name = `node-${process.platform}-${process.arch}`;
  const put = async (dir: TempDir, place: string, version: string): Promise<string> => {
    await dir.write(`${place}/node_modules/${name}/package.json`, JSON.stringify({ version }));
    return dir.write(`${place}/node_modules/${name}/bin/node`, '');
  };

  it('is looked for upwards, and never taken where it is older itself', async () => {
    await using dir = await tempDir();
    const above = await put(dir, '.', '24.21.0');
    await put(dir, 'a', '20.1.0');
    expect(existsSync(above)).toBe(true);
    expect(findNode(dir.file('a/node_modules/dashgate/dist/cli'))).toBe(above);
    expect(findNode(dir.file('b'))).toBe(above);
  });
});

describe('however it is started', () => {
  it('a second signal ends it now, whichever it is; the same Ctrl-C passed on twice is one', async () => {
    await using dir = await withConfig(await tempDir());
    const held = createServer((socket) => void socket.on('error', () => {})).listen(0, '127.0.0.1');
    onTestFinished(() => void held.close());
    await once(held, 'listening');
    const file = dir.file('dashgate.yaml');
    const { port } = held.address() as AddressInfo;
    await writeFile(
      file,
      (await readFile(file, 'utf8')).replace('127.0.0.1:1"', `127.0.0.1:${port}", public: ["/**"]`),
    );
    const origin = /listen: "([^"]+)"/.exec(await readFile(file, 'utf8'))?.[1];
    await using serving = await startProgram(process.execPath, [main, 'serve'], { cwd: dir.path, ready: LISTENING });
    const reached = once(held, 'connection');
    void fetch(`http://${origin}/x`).catch(() => {});
    const [upstream] = (await reached) as [Socket];
    const beganMs = performance.now();
    serving.kill('SIGINT');
    serving.kill('SIGINT');
    await serving.printed(/"message":"ending/);
    let isOver = false;
    void serving.ended.then(() => {
      isOver = true;
    });
    await expect.poll(() => performance.now() - beganMs).toBeGreaterThan(700);
    expect(isOver).toBe(false);
    serving.kill('SIGTERM');
    expect((await serving.ended).code).toBe(1);
    expect(performance.now() - beganMs).toBeLessThan(6000);
    upstream.destroy();
  });

  it.each([['SIGTERM'], ['SIGTERM', 'SIGTERM']] as const)(
    'no line of what was refused is lost: %s',
    async (...signals) => {
      await using dir = await withConfig(await tempDir());
      await using serving = await startProgram(process.execPath, [main, 'serve'], { cwd: dir.path, ready: LISTENING });
      const [, origin] = /"public":"([^"]+)"/.exec(serving.stdout()) ?? [];
      const asked = Array.from({ length: 200 }, (_none, at) => fetch(`http://${origin}/part${at}`));
      for (const answer of await Promise.all(asked)) expect(answer.status).toBe(401);
      for (const signal of signals) serving.kill(signal);
      await serving.ended;
      const refused = [...serving.stdout().matchAll(/"message":"refused".*"what":"GET app \/part(\d+)"/g)];
      expect(new Set(refused.map(([, at]) => at)).size).toBe(200);
    },
  );

  it('no warning of an experiment is printed', async () => {
    await using dir = await withConfig(await tempDir());
    await using serving = await startProgram(process.execPath, [main, 'serve'], { cwd: dir.path, ready: LISTENING });
    await serving.stop();
    expect(serving.stderr()).toBe('');
  });

  it('by npm, it ends with the shell between them, which passes nothing on', async () => {
    await using dir = await withConfig(await tempDir());
    await using shell = await startProgram('bash', ['-c', `"${process.execPath}" "${main}" serve & wait`], {
      cwd: dir.path,
      env: { npm_command: 'exec' },
      ready: LISTENING,
    });
    shell.kill('SIGKILL');
    await shell.printed(/"message":"ended"/);
  });
});

it('ends without a stack trace where nobody reads what it says', async () => {
  const child = spawn(process.execPath, [main, 'help'], { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.destroy();
  const [said] = await Promise.all([text(child.stderr), once(child, 'close')]);
  expect(said).toBe('');
});
