import type { ChildProcess } from 'node:child_process';
import cluster from 'node:cluster';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import type { Listening } from '../app/listeners.ts';
import { WorkersFailing } from '../errors.ts';
import { errorFields, type SharedLog } from '../telemetry/log.ts';
import { type Answers, type Channel, openChannel, toError } from './channel.ts';
import { downTo } from './pipes.ts';
import type { Joined, ToPrimary, ToWorker } from './protocol.ts';

/** One worker process. */
export interface Member {
  /** What the log calls it, from 1 on; one that takes its place is called the same. */
  readonly worker: number;
  readonly channel: Channel<ToWorker>;
  /** Whether it has to be told of everything. */
  isJoined: boolean;
  isUp: boolean;
  /** Settles when it has ended. */
  readonly gone: Promise<unknown>;
  /** Ends it now, whatever it does. Settles once it is gone. */
  kill(): Promise<void>;
}

/** The worker processes: as many as there are to be, and another in the place of each that ends. */
export interface Crew {
  /** @returns where the first listens, once all do. Throws what keeps the first from it. */
  start(): Promise<Listening>;
  members(): readonly Member[];
  /** Rejects when they end again and again: with WorkersFailing. */
  readonly failed: Promise<never>;
  /** Lets requests under way end, and ends all. */
  end(): Promise<void>;
}

export interface CrewOptions {
  readonly size: number;
  readonly log: SharedLog;
  /** What answers a worker, and gives back what it held when it is gone. */
  serve(member: Member): {
    readonly answers: Omit<Answers<ToPrimary>, 'join' | 'listens' | 'failed'>;
    join(): Promise<Joined>;
    release(): void;
  };
}

const FIRST_REST_MS = 100;
const LONGEST_REST_MS = 2000;
const MOST_DEATHS = 8;
const WITHIN_MS = 60_000;
/** Longer than any start takes: one that is not there by then will not be. */
const UP_WITHIN_MS = 120_000;
/** Longer than a worker lets requests under way end. */
const END_WITHIN_MS = 12_000;
const GONE_WITHIN_MS = 1000;
/** More than a log writes, which cuts what it is given. */
const MOST_LINE = 1024 * 1024;

export function createCrew({ size, log, serve }: CrewOptions): Crew {
  const members = new Set<Member>();
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => {});
  /** When workers of each place have ended lately. */
  const deaths = new Map<number, number[]>();
  let isEnding = false;
  cluster.setupPrimary({ stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });

  const fork = (worker: number): { member: Member; up: Promise<Listening>; gone: Promise<string> } => {
    const child = cluster.fork().process;
    const gone = endOf(child);
    passLines(child, log);
    const up = Promise.withResolvers<Listening>();
    up.promise.catch(() => {});
    const member: Member = {
      worker,
      channel: openChannel<ToPrimary, ToWorker>(downTo(child), () => answers),
      isJoined: false,
      isUp: false,
      gone,
      async kill() {
        child.kill('SIGKILL');
        await gone;
      },
    };
    const served = serve(member);
    const answers: Answers<ToPrimary> = {
      ...served.answers,
      async join() {
        member.isJoined = true;
        return await served.join();
      },
      listens(at) {
        member.isUp = true;
        clearTimeout(late);
        log.info('a worker answers', { worker, pid: child.pid });
        up.resolve(at);
        return null;
      },
      failed(why) {
        up.reject(toError(why));
        return null;
      },
    };
    members.add(member);
    const late = setTimeout(() => child.kill('SIGKILL'), UP_WITHIN_MS).unref();
    void gone.then((how) => {
      clearTimeout(late);
      members.delete(member);
      member.isUp = false;
      member.channel.close();
      served.release();
      up.reject(new WorkersFailing(`worker ${worker} has ended before it listened: ${how}`));
    });
    return { member, up: up.promise, gone };
  };

  /** Keeps a place taken for as long as this runs. */
  const keep = async (worker: number, first: ReturnType<typeof fork>): Promise<void> => {
    for (let now = first; ; now = fork(worker)) {
      const how = await now.gone;
      if (isEnding) return;
      const why = await now.up.then(
        () => null,
        (error: unknown) => error,
      );
      const lately = [...(deaths.get(worker) ?? []), performance.now()].filter(
        (ms) => performance.now() - ms < WITHIN_MS,
      );
      deaths.set(worker, lately);
      log.error('a worker has ended, another takes its place', { worker, how, ...(why !== null && errorFields(why)) });
      // One that does not like what it finds, while others go on by what they have, is no worse than a refused change.
      const isAlone = ![...members].some(({ isUp }) => isUp);
      if (lately.length >= MOST_DEATHS && (why === null || why instanceof WorkersFailing || isAlone)) {
        const said = why instanceof Error ? why.message : how;
        failed.reject(
          new WorkersFailing(
            `worker ${worker} has ended ${lately.length} times within a minute; the last time: ${said}`,
          ),
        );
        return;
      }
      await wait(Math.min(FIRST_REST_MS * 2 ** (lately.length - 1), LONGEST_REST_MS), undefined, { ref: false });
      if (isEnding) return;
    }
  };

  const begin = (worker: number): Promise<Listening> => {
    const first = fork(worker);
    return first.up.then((at) => {
      void keep(worker, first);
      return at;
    });
  };

  return {
    failed: failed.promise,
    members: () => [...members],
    async start() {
      // What is wrong is found, and said, once.
      const at = await begin(1);
      await Promise.all(Array.from({ length: size - 1 }, (_none, index) => begin(index + 2)));
      return at;
    },
    async end() {
      isEnding = true;
      const ended = [...members].map(async (member) => {
        if (member.isUp) await member.channel.ask('end', null, END_WITHIN_MS).catch(() => {});
        else await member.kill();
        await Promise.race([member.gone, wait(GONE_WITHIN_MS, undefined, { ref: false })]);
        await member.kill();
      });
      await Promise.all(ended);
    },
  };
}

/** A line is never cut by one of another process: what a worker writes goes through here. */
function passLines({ stdout }: ChildProcess, log: SharedLog): void {
  let rest = '';
  stdout?.setEncoding('utf8').on('data', (text: string) => {
    rest += text;
    const end = rest.lastIndexOf('\n') + 1;
    if (end > 0) log.pass(rest.slice(0, end));
    rest = rest.slice(end);
    if (rest.length > MOST_LINE) rest = '';
  });
}

/** How it ended, in a word. */
async function endOf(child: ChildProcess): Promise<string> {
  const [code, signal]: unknown[] = await once(child, 'close');
  return typeof signal === 'string' ? `signal ${signal}` : `exit code ${String(code)}`;
}
