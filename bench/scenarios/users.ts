import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import { argon2Like } from '../../src/directories/hash/argon2.ts';
import { bcryptLike } from '../../src/directories/hash/bcrypt.ts';
import { createHashQueue } from '../../src/directories/hash/queue.ts';
import { createPasswordFile } from '../../src/directories/password-file.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createSessions } from '../../src/session/sessions.ts';
import { createSqliteStore } from '../../src/session/store-sqlite.ts';
import type { Entry, Figures, Scenario } from '../scenario.ts';

const COUNT = 10_000;
const ARGON2 = { cost: { m: 19_456, t: 2, p: 1 }, saltBytes: 16, digestBytes: 32 };

/** Each user a line, by the name of the file. */
const LINES: Record<string, (at: number) => string> = {
  'users.yaml': (at) =>
    `  user${at}: { password: "${argon2Like(ARGON2).text}", name: User ${at}, email: user${at}@example.com, groups: [finance, hr], allowed_resources: [marketing] }\n`,
  htpasswd: (at) => `user${at}:${bcryptLike({ cost: 10 }).text}\n`,
  tabpy: (at) => `user${at} ${randomBytes(64).toString('hex')}\n`,
};

function textOf(kind: string): string {
  const lines = Array.from({ length: COUNT }, (_none, at) => LINES[kind]?.(at) ?? '').join('');
  return kind === 'users.yaml' ? `users:\n${lines}` : lines;
}

/** Checks sessions until something else is done. */
async function checkUntil(find: () => Promise<unknown>, done: Promise<unknown>): Promise<Figures> {
  const beganMs = performance.now();
  let isOver = false;
  void done.finally(() => {
    isOver = true;
  });
  let [checks, pauseMs, lastMs] = [0, 0, beganMs];
  while (!isOver) {
    for (let i = 0; i < 200; i++) await find();
    checks += 200;
    await setImmediate();
    const nowMs = performance.now();
    pauseMs = Math.max(pauseMs, nowMs - lastMs);
    lastMs = nowMs;
  }
  return { ms: lastMs - beganMs, pause: pauseMs, rate: (checks * 1000) / (lastMs - beganMs) };
}

/** What users files cost those who are there already, when one is read again. */
export const users: Scenario = {
  name: 'users',
  title: 'Users files that are read again while checks go on',
  about: `A file of ${COUNT.toLocaleString('en')} users, in the process of the bench: how long it takes to read, for how long the thread that answers stands still at most, and how many opened sessions it looks up meanwhile.`,
  limit: 'no file',
  async open({ dir }, closing) {
    const store = createSqliteStore({ file: dir.file('bench.db'), clock: systemClock });
    closing.defer(() => store.close());
    const key = { kid: 'bench', key: randomBytes(32) };
    const sessions = createSessions({
      issuer: 'bench',
      lifetimeSec: 3600,
      keys: () => [key],
      store,
      clock: systemClock,
    });
    const who = { sub: 'file:user1', name: 'User', email: '', groups: [], allowedResources: [], amr: ['pwd'] };
    const { token } = await sessions.begin(who);
    const find = async () => sessions.find(token);
    const entries: Entry[] = [
      {
        name: 'no file',
        measure: () => checkUntil(find, new Promise((resolve) => setTimeout(resolve, 500))),
      },
    ];
    for (const kind of Object.keys(LINES)) {
      const file = await dir.write(kind, textOf(kind), 0o600);
      const read = await createPasswordFile({ file, queue: createHashQueue() });
      entries.push({
        name: kind,
        async measure() {
          await writeFile(file, textOf(kind));
          return checkUntil(find, read.reload());
        },
      });
    }
    return entries;
  },
};
