/**
 * What users files cost: `npx node bench/users.ts [users]`. Prints how long a file of so many users takes to read, for how long
 * the thread that answers stands still meanwhile, how many opened sessions it checks a second beside that, and for how long it
 * stands still once more while the store notes who has which password. A session is looked up here, no request is answered.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { argon2Like } from '../src/directories/hash/argon2.ts';
import { bcryptLike } from '../src/directories/hash/bcrypt.ts';
import { createHashQueue } from '../src/directories/hash/queue.ts';
import { createPasswordFile } from '../src/directories/password-file.ts';
import { systemClock } from '../src/lib/clock.ts';
import { createSessions } from '../src/session/sessions.ts';
import { createSqliteStore } from '../src/session/store-sqlite.ts';

const count = Number(process.argv[2] ?? 10_000);
const folder = mkdtempSync(join(tmpdir(), 'dashgate-bench-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

const cost = { cost: { m: 19_456, t: 2, p: 1 }, saltBytes: 16, digestBytes: 32 };
const line: Record<string, (at: number) => string> = {
  'users.yaml': (at) =>
    `  user${at}: { password: "${argon2Like(cost).text}", name: User ${at}, email: user${at}@example.com, groups: [finance, hr], allowed_resources: [marketing] }\n`,
  htpasswd: (at) => `user${at}:${bcryptLike({ cost: 10 }).text}\n`,
  tabpy: (at) => `user${at} ${randomBytes(64).toString('hex')}\n`,
};
const textOf = (kind: string): string => {
  const lines = Array.from({ length: count }, (_none, at) => line[kind]?.(at) ?? '').join('');
  return kind === 'users.yaml' ? `users:\n${lines}` : lines;
};
const ms = (value: number): string => `${value.toFixed(0)} ms`.padStart(8);

const store = createSqliteStore({ file: join(folder, 'bench.db'), clock: systemClock });
const key = { kid: 'bench', key: randomBytes(32) };
const sessions = createSessions({ issuer: 'bench', lifetimeSec: 3600, keys: () => [key], store, clock: systemClock });
const who = { sub: 'file:user1', name: 'User', email: '', groups: [], allowedResources: [], amr: ['pwd'] };
const { token } = await sessions.begin(who);

interface Checks {
  /** A second. */
  readonly rate: number;
  /** The longest time between two rounds of checks: so long nothing else was answered. */
  readonly pauseMs: number;
}

/** Checks a session over and over, at least for a second, as a file that is read at a blow leaves time for none. */
async function checkUntil(isOver: () => boolean): Promise<Checks> {
  const beganMs = performance.now();
  let checks = 0;
  let pauseMs = 0;
  let lastMs = beganMs;
  while (!isOver() || lastMs - beganMs < 1000) {
    for (let i = 0; i < 200; i++) await sessions.find(token);
    checks += 200;
    await setImmediate();
    const nowMs = performance.now();
    pauseMs = Math.max(pauseMs, nowMs - lastMs);
    lastMs = nowMs;
  }
  return { rate: (checks * 1000) / (lastMs - beganMs), pauseMs };
}

const alone = (): Promise<Checks> => checkUntil(() => true);
await alone();
const { rate } = await alone();
console.log(`${count} users; ${rate.toFixed(0)} session checks a second with nothing else to do`);

for (const kind of Object.keys(line)) {
  const file = join(folder, kind);
  writeFileSync(file, textOf(kind));
  const users = await createPasswordFile({ file, queue: createHashQueue() });
  writeFileSync(file, textOf(kind));

  const beganMs = performance.now();
  let tookMs = 0;
  const checking = checkUntil(() => tookMs > 0);
  await users.reload();
  tookMs = performance.now() - beganMs;
  const beside = await checking;

  const note = (): number => {
    const beganMs = performance.now();
    const proofs = users.users.map(({ person, hash }) => [person.sub, hash.text] as const);
    store.noteProofs(users.source, proofs, 0);
    return performance.now() - beganMs;
  };
  const first = note();
  console.log(
    `${kind.padEnd(11)} read in ${ms(tookMs)}, longest pause ${ms(beside.pauseMs)}, checks beside it ${(beside.rate / rate).toFixed(2)} of the rate; noted in ${ms(first)}, again in ${ms(note())}`,
  );
}
store.close();
