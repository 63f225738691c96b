import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort } from '../../test/support/free-port.ts';
import type { Figures, Scenario } from '../scenario.ts';
import { startDashgate } from '../stage/dashgate.ts';
import { type Server, startServer } from '../stage/server.ts';
import { residentMb } from '../stage/usage.ts';

const SETTLED_MS = 700;
const bareFile = join(import.meta.dirname, '../stage/bare-server.mjs');

async function judge({ startedMs, pid }: Server): Promise<Figures> {
  await wait(SETTLED_MS);
  const idle = residentMb([pid]);
  return { ms: startedMs, ...(idle !== null && { idle }) };
}

/** From nothing to the first connection taken, and what it then holds. */
export const start: Scenario = {
  name: 'start',
  title: 'Start-up, and memory before the first request',
  about: 'From the start of the process until it takes connections, all of them; resident memory 0.7 s later.',
  limit: 'node:http 204',
  by: 'ms',
  async open(stage) {
    return [
      {
        name: 'node:http 204',
        async measure() {
          const at = await freePort();
          const bare = { file: process.execPath, args: [bareFile, `${at}`], log: stage.dir.file('bare.log'), at };
          await using server = await startServer(bare);
          return await judge(server);
        },
      },
      {
        name: 'dashgate',
        async measure() {
          await using closing = new AsyncDisposableStack();
          return await judge((await startDashgate(stage.dir, closing)).server);
        },
      },
    ];
  },
};
