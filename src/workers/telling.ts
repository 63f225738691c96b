import type { Held } from '../session/revocations.ts';
import { errorFields, type SharedLog } from '../telemetry/log.ts';
import type { Member } from './crew.ts';
import type { ToWorker } from './protocol.ts';

/** What has to be in force in each worker before anybody is told so. */
type TakenIn = 'held' | 'keys' | 'unproved';

/** How all workers are told something. */
export interface Telling {
  /** Settles when each worker has it, or is gone. */
  all<Name extends TakenIn>(name: Name, said: ToWorker[Name]['said']): Promise<void>;
  /** Nobody waits for it. */
  some<Name extends keyof ToWorker>(name: Name, said: ToWorker[Name]['said'], but?: number): void;
  /** Settles when every end so far is in force in each worker, or that is gone. */
  ends(): Promise<void>;
  /** Tells of an end, together with what else comes now. */
  end(held: Held): void;
}

/** A worker that does not say that it has taken something in may go on by what was before: it is ended. */
export const TAKEN_IN_MS = 5000;

/** @param joined - those that have to be told */
export function createTelling(joined: () => readonly Member[], log: SharedLog): Telling {
  const tellOne = async <Name extends TakenIn>(member: Member, name: Name, said: ToWorker[Name]['said']) => {
    try {
      await member.channel.ask(name, said, TAKEN_IN_MS);
    } catch (error) {
      log.error('a worker did not take something in, and is ended', { worker: member.worker, ...errorFields(error) });
      await member.kill();
    }
  };
  let fresh: Held[] = [];
  const untold = new Set<Promise<void>>();
  const flush = (): void => {
    if (fresh.length === 0) return;
    const told = tell.all('held', fresh);
    fresh = [];
    untold.add(told);
    void told.finally(() => untold.delete(told));
  };
  const tell: Telling = {
    all: async (name, said) => void (await Promise.all(joined().map((member) => tellOne(member, name, said)))),
    some(name, said, but) {
      for (const { worker, channel } of joined()) if (worker !== but) channel.tell(name, said);
    },
    async ends() {
      flush();
      await Promise.all(untold);
    },
    end(held) {
      if (fresh.push(held) === 1) queueMicrotask(flush);
    },
  };
  return tell;
}
