import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { startProgram } from './start-program.ts';

const node = process.execPath;

it('waits for the words that say it is ready, and ends it with its scope', async () => {
  let ended: Promise<unknown>;
  {
    await using program = await startProgram(node, ['-e', 'console.log("ready now"); setInterval(() => {}, 1000)'], {
      ready: /ready/,
    });
    ended = program.ended;
    expect(program.output()).toBe('ready now\n');
  }
  expect(await ended).toEqual({ code: null, signal: 'SIGTERM' });
});

it('ends the children too, and what does not listen to SIGTERM', async () => {
  await using server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const child = `process.on("SIGTERM", () => {}); require("net").connect(${port}, "127.0.0.1")`;
  const parent = `require("child_process").spawn(process.execPath, ["-e", ${JSON.stringify(child)}]); setInterval(() => {}, 1000)`;
  const program = await startProgram(node, ['-e', parent]);
  const [socket] = await once(server, 'connection');
  // The child's end of the connection closes with the child, and with nothing else.
  const gone = new Promise((resolve) => socket.on('error', () => {}).once('close', resolve));
  await program.stop(200);
  await gone;
});

it('says what a program printed that ended before it was ready', async () => {
  const start = startProgram(node, ['-e', 'console.error("no such file"); process.exit(3)'], { ready: /never/ });
  await expect(start).rejects.toThrow(/ended with 3[\s\S]*no such file/);
});

it('says so when there is no such program', async () => {
  await expect(startProgram('/nowhere/program')).rejects.toThrow('does not start');
});

it('hands over input and environment, and tells the streams apart', async () => {
  const script = 'process.stdin.pipe(process.stdout); console.error(process.env.COLOUR)';
  await using program = await startProgram(node, ['-e', script], { input: 'in', env: { COLOUR: 'green' } });
  expect(await program.ended).toEqual({ code: 0, signal: null });
  expect([program.stdout(), program.stderr()]).toEqual(['in', 'green\n']);
});
