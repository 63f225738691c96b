import { readdir, readFile } from 'node:fs/promises';
import { getPriority } from 'node:os';
import { expect, it } from 'vitest';
import { lowerPoolPriority } from './pool-priority.ts';

it.runIf(process.platform === 'linux')(
  'passwords are hashed behind requests: the pool stands back, nothing else',
  async () => {
    const before = getPriority();
    expect(await lowerPoolPriority()).toBeGreaterThan(0);
    for (const thread of await readdir('/proc/self/task')) {
      const name = (await readFile(`/proc/self/task/${thread}/comm`, 'utf8')).trim();
      if (name === 'libuv-worker') expect(getPriority(Number(thread))).toBe(10);
    }
    expect(getPriority()).toBe(before);
  },
);
