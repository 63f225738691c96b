import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { freeServer } from '../flows/command.ts';
import { usersFile } from '../support/gate.ts';
import { startProgram } from '../support/start-program.ts';
import { tempDir } from '../support/temp-dir.ts';
import { startUpstream } from '../support/upstream.ts';

// What is loaded with its first request (docs/decisions/0029) may find no file to be opened by, while somebody holds them all by
// connections. That may last no longer than the connections do.

const main = join(import.meta.dirname, '../../src/main.ts');
const MOST_FILES = 100;

const held = new Set<Socket>();
const letGo = (): void => {
  for (const socket of held) socket.destroy();
  held.clear();
};
afterEach(letGo);

/** Opens connections that say nothing, until one is turned away. */
async function holdAll(port: number): Promise<void> {
  let isFull = false;
  for (let left = 3 * MOST_FILES; left > 0 && !isFull; left--) {
    const socket = connect(port, '127.0.0.1').on('error', () => {});
    held.add(socket);
    socket.once('close', () => {
      isFull = held.has(socket);
    });
    await Promise.race([once(socket, 'connect'), once(socket, 'close')]).catch(() => {});
  }
  await expect.poll(() => isFull).toBe(true);
}

it('is loaded by a later request, once there are files again', async () => {
  await using dir = await tempDir();
  await using upstream = await startUpstream();
  await dir.write('users.yaml', await usersFile());
  const { port, text } = await freeServer();
  const apps = `apps: [{ name: app, at: /, upstream: "${upstream.url}", public: ["/robots.txt"] }]\n`;
  await dir.write('dashgate.yaml', `${text}directories: [{ file: users.yaml }]\n${apps}`);
  const command = `ulimit -n ${MOST_FILES} && exec "$0" --disable-warning=ExperimentalWarning "${main}" serve`;
  await using _program = await startProgram('sh', ['-c', command, process.execPath], {
    cwd: dir.path,
    ready: /"message":"listening"/,
  });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const status = (path: string): Promise<number> =>
    new Promise((resolve, reject) => {
      const asking = request({ host: '127.0.0.1', port, path, agent }).once('error', reject);
      asking.once('response', (answer: IncomingMessage) => {
        answer.resume().once('end', () => resolve(answer.statusCode ?? 0));
      });
      asking.end();
    });
  expect(await status('/x')).toBe(401);
  await holdAll(port);
  expect(await status('/robots.txt')).toBe(502);
  letGo();
  await expect.poll(() => status('/robots.txt'), { timeout: 10_000 }).toBe(200);
  agent.destroy();
}, 60_000);
