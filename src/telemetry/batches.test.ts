import { describe, expect, it } from 'vitest';
import { startProgram } from '../../test/support/start-program.ts';
import { createBatches } from './batches.ts';

function record() {
  const written: string[] = [];
  const batches = createBatches((bytes) => {
    written.push(Buffer.from(bytes).toString());
    return bytes.length;
  });
  return { batches, written };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it('what comes within a turn is written together, in its order', async () => {
  const { batches, written } = record();
  for (let at = 0; at < 3; at++) batches.write(`${at}\n`);
  await Promise.resolve();
  batches.write('3\n');
  expect(written).toEqual([]);
  await turn();
  expect(written).toEqual(['0\n1\n2\n3\n']);
  batches.write('4\n');
  await turn();
  expect(written).toEqual(['0\n1\n2\n3\n', '4\n']);
});

it('no more waits than 64 KiB and a line', async () => {
  const { batches, written } = record();
  const line = `${'x'.repeat(999)}\n`;
  for (let at = 0; at < 200; at++) batches.write(line);
  expect(written.join('').length).toBeGreaterThan(130_000);
  await turn();
  expect(written.join('')).toBe(line.repeat(200));
  expect(Math.max(...written.map(({ length }) => length))).toBeLessThan(67_000);
});

it('goes on where a reader was behind, without a line twice or none', async () => {
  let taken = '';
  let room = 0;
  const batches = createBatches((bytes) => {
    if (room === 0) throw Object.assign(new Error('full'), { code: 'EAGAIN' });
    const part = bytes.subarray(0, room);
    room -= part.length;
    taken += Buffer.from(part).toString();
    return part.length;
  });
  let said = '';
  for (let at = 0; at < 50; at++) {
    batches.write(`${at} Zoë\n`);
    said += `${at} Zoë\n`;
    await turn();
    room += 7;
  }
  room = 10_000;
  await expect.poll(() => taken).toBe(said);
});

it('what cannot be written at all, as on a full disk, stops nobody', async () => {
  let isFull = true;
  const written: string[] = [];
  const batches = createBatches((bytes) => {
    if (isFull) throw Object.assign(new Error('full'), { code: 'ENOSPC' });
    written.push(Buffer.from(bytes).toString());
    return bytes.length;
  });
  batches.write('lost\n');
  await turn();
  isFull = false;
  batches.write('kept\n');
  await turn();
  expect(written).toEqual(['kept\n']);
});

it('leaves no listener behind', async () => {
  const before = process.listenerCount('exit');
  const { batches } = record();
  for (let at = 0; at < 20; at++) {
    batches.write('x\n');
    await turn();
  }
  expect(process.listenerCount('exit')).toBe(before);
});

describe('nothing is lost with the process', () => {
  const lines = `
    import { createLog } from ${JSON.stringify(new URL('./log.ts', import.meta.url).href)};
    const log = createLog({ level: 'info', format: 'json' });
    const write = () => { for (let at = 0; at < 2000; at++) log.audit('refused', { at }); };`;
  it.each([
    ['by process.exit', 'write(); process.exit(0);', 0],
    ['by an error that nobody catches', 'write(); throw new Error("bug");', 1],
    ['by a promise that nobody waits for', 'write(); await Promise.reject(new Error("bug"));', 1],
    [
      'by SIGTERM',
      'setInterval(() => {}, 1000); process.on("SIGTERM", () => { write(); process.exit(0); }); process.kill(process.pid, "SIGTERM");',
      0,
    ],
    ['by having nothing left to do', 'write();', 0],
  ])('that is ended %s', async (_how, end, code) => {
    await using program = await startProgram(process.execPath, ['--input-type=module', '-e', lines + end]);
    expect((await program.ended).code).toBe(code);
    const written = program.stdout().trim().split('\n');
    expect(written.map((line) => JSON.parse(line).at)).toEqual(Array.from({ length: 2000 }, (_none, at) => at));
  });
});
