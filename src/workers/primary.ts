import { openCommons } from '../app/commons.ts';
import { sayListening } from '../app/listeners.ts';
import { readinessOf } from '../app.ts';
import type { Config } from '../config/schema/config.ts';
import { createAdmin } from '../http/admin.ts';
import { listenOn, removeStaleSocket } from '../http/listen.ts';
import { createListener } from '../http/server.ts';
import { systemClock } from '../lib/clock.ts';
import { lowerPoolPriority } from '../lib/pool-priority.ts';
import { createAudit } from '../telemetry/audit.ts';
import { errorFields, type SharedLog } from '../telemetry/log.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { createCrew, type Member } from './crew.ts';
import { serveCommons } from './serve-commons.ts';
import { sumMetrics } from './sum-metrics.ts';
import { knownOf, statusOf, tellHeld } from './tell-newcomer.ts';
import { createTelling, TAKEN_IN_MS } from './telling.ts';
import { openingWith, writeKeys } from './write-keys.ts';

/** Several processes that answer as one. */
export interface Workers {
  /** Takes over the text of a new configuration, in all or in none. Throws ConfigInvalid: then the old one stays. */
  reconfigure(text: string | null): Promise<void>;
  /** Rejects when workers end again and again: with WorkersFailing. */
  readonly failed: Promise<never>;
  close(): Promise<void>;
}

export interface WorkersOptions {
  readonly log: SharedLog;
  /** Of the configuration file; `null`: there is none. */
  readonly text: string | null;
}

const BEAT_MS = 500;
const LOOK_EVERY_MS = 5000;
const ALIVE_WITHIN_MS = 10_000;
const RECONFIGURED_MS = 30_000;
/** A front proxy in the same group may connect to a unix socket, nobody else; also before its mode is set. */
const UMASK = 0o007;

/**
 * Begins the workers, and is what they have in common: it has the store, counts, and tells each of what the others did. It
 * answers on `admin.listen` alone.
 * @throws ConfigInvalid, StoreUnavailable, WorkersFailing; nothing listens then
 */
export async function openWorkers(config: Config, { log, text: first }: WorkersOptions): Promise<Workers> {
  const clock = systemClock;
  let text = first;
  await using closing = new AsyncDisposableStack();
  await lowerPoolPriority();
  process.umask(process.umask() | UMASK);
  const commons = await openCommons(config, { log, clock });
  closing.defer(() => commons.close());
  const { store, keys, live } = commons;

  const tell = createTelling(() => crew.members().filter(({ isJoined }) => isJoined), log);
  store.held.onHeld(tell.end);
  const audit = createAudit(log);
  store.onEnded(({ jti, sub, by }) => {
    const who = sub ?? (jti === undefined ? '' : live.subOf(jti));
    if (by === 'operator')
      audit({ event: 'logout', who, what: 'dashgate revoke', why: 'revoked', from: '', request: '' });
  });
  keys.onChanged(async (now, before) => {
    await tell.all('keys', writeKeys(openingWith(before, now)));
    await tell.all('keys', writeKeys(now));
  });
  commons.shared?.onEntries((entries) =>
    tell.some(
      'entries',
      entries.map(({ id, fields }) => ({ id, fields: [...fields] })),
    ),
  );

  const proofs = new Map<string, string>();
  const crew = createCrew({
    size: config.server.workers,
    log,
    serve(member) {
      const { answers, release } = serveCommons({ commons, tell, clock, worker: member.worker, proofs });
      return {
        answers,
        async join() {
          await tellHeld(store, (part) => member.channel.ask('held', part, TAKEN_IN_MS));
          return {
            ...{ worker: member.worker, workers: config.server.workers, text, keys: writeKeys(keys.all()) },
            logFormat: log.format,
            ...{ status: statusOf(commons), known: knownOf(commons), unproved: [...commons.unproved.all()] },
          };
        },
        release() {
          sum.lose(member);
          release();
        },
      };
    },
  });

  const own = createMetrics(commons);
  const askMetrics = async (member: Member): Promise<void> => {
    const values = await member.channel.ask('metrics', null, ALIVE_WITHIN_MS).catch(() => null);
    if (values) sum.learn(member, values);
    else if (crew.members().includes(member)) {
      log.error('a worker does not answer, and is ended', { worker: member.worker });
      await member.kill();
    }
  };
  const up = (): Member[] => crew.members().filter(({ isUp }) => isUp);
  const sum = sumMetrics(own, () => Promise.all(up().map(askMetrics)));

  const { notReady, butLacks } = readinessOf(commons);
  const countUp = (): string => `${up().length} of ${config.server.workers} workers are up`;
  const admin = createListener({
    request: createAdmin({
      metrics: sum,
      isAlive: () => up().length > 0,
      notReady: () => [...notReady(), ...(up().length === 0 ? ['no worker is up'] : [])],
      butLacks: () => [...butLacks(), ...(up().length < config.server.workers ? [`only ${countUp()}`] : [])],
    }),
  });
  closing.defer(() => admin.drain(TAKEN_IN_MS));
  const adminAt = await listenOn(admin.server, config.admin.listen, 'admin.listen');
  await removeStaleSocket(config.server.checkListen, 'server.check_listen');
  if (config.server.redirectListen) await removeStaleSocket(config.server.redirectListen, 'server.redirect_listen');
  await removeStaleSocket(config.server.listen, 'server.listen');

  const beat = setInterval(() => tell.some('status', statusOf(commons)), BEAT_MS);
  const look = setInterval(() => void Promise.all(up().map(askMetrics)), LOOK_EVERY_MS);
  closing.defer(() => {
    clearInterval(beat);
    clearInterval(look);
  });
  closing.defer(crew.end);
  await live.ready;
  const at = await crew.start();
  sayListening(log, { ...at, admin: adminAt }, config.server.publicUrl);

  const reconfigure = async (next: string | null): Promise<void> => {
    const [one, ...others] = up();
    // What one refuses, no other is shown.
    await one?.channel.ask('reconfigure', next, RECONFIGURED_MS);
    text = next;
    const late = crew.members().filter((member) => member !== one && member.isJoined && !others.includes(member));
    await Promise.all(
      [...others, ...late].map(async (member) => {
        try {
          await member.channel.ask('reconfigure', next, RECONFIGURED_MS);
        } catch (error) {
          log.error('a worker did not take over the configuration, and is ended', {
            worker: member.worker,
            ...errorFields(error),
          });
          await member.kill();
        }
      }),
    );
  };
  const all = closing.move();
  return { reconfigure, failed: crew.failed, close: () => all.disposeAsync() };
}
