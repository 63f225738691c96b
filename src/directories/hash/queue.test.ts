import { describe, expect, it } from 'vitest';
import { HashQueueFull } from '../../errors.ts';
import { createHashQueue } from './queue.ts';

const gate = () => Promise.withResolvers<void>();

describe('the hash queue', () => {
  it('runs no more at once than it may, first come first served', async () => {
    const queue = createHashQueue({ concurrency: 2 });
    const gates = [gate(), gate(), gate(), gate()];
    const started: number[] = [];
    const all = gates.map(({ promise }, at) =>
      queue.run(() => {
        started.push(at);
        return promise;
      }),
    );
    await Promise.resolve();
    expect([queue.running, queue.waiting, started]).toEqual([2, 2, [0, 1]]);
    gates[1]?.resolve();
    await all[1];
    await Promise.resolve();
    expect([queue.running, queue.waiting, started]).toEqual([2, 1, [0, 1, 2]]);
    for (const { resolve } of gates) resolve();
    await Promise.all(all);
    expect([queue.running, queue.waiting, started]).toEqual([0, 0, [0, 1, 2, 3]]);
  });

  it('refuses at once with 503 when too many wait, and takes more when there is room again', async () => {
    const queue = createHashQueue({ concurrency: 1, maxWaiting: 1 });
    const { promise, resolve } = gate();
    const taken = [queue.run(() => promise), queue.run(() => promise)];
    const refused = queue.run(() => promise);
    await expect(refused).rejects.toThrow(HashQueueFull);
    await expect(refused).rejects.toMatchObject({ status: 503, retryAfterSec: 1 });
    resolve();
    await Promise.all(taken);
    await expect(queue.run(async () => 'done')).resolves.toBe('done');
  });

  it('gives the place of a task that failed to the next', async () => {
    const queue = createHashQueue({ concurrency: 1 });
    const failed = queue.run(() => Promise.reject(new Error('broken')));
    const next = queue.run(async () => 'done');
    await expect(failed).rejects.toThrow('broken');
    await expect(next).resolves.toBe('done');
    expect(queue.running).toBe(0);
  });
});
