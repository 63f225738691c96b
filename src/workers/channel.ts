import { ConfigInvalid, DashgateError, HashQueueFull, StoreUnavailable } from '../errors.ts';
import type { Failure } from './protocol.ts';

interface Asked {
  readonly said: unknown;
  readonly answer: unknown;
}
type Questions<Names> = { [Name in keyof Names]: Asked };

/** What answers each question. What it throws is thrown where it was asked. */
export type Answers<Own extends Questions<Own>> = {
  readonly [Name in keyof Own]: (said: Own[Name]['said']) => Own[Name]['answer'] | Promise<Own[Name]['answer']>;
};

/** The end of a pipe between two processes of ours; what is said comes out in the order in which it was said. */
export interface Pipe {
  readonly isOpen: () => boolean;
  send(message: Message): void;
  onMessage(listener: (message: Message) => void): void;
}

/** A question, an answer, or what is only told. */
export interface Message {
  readonly ask?: number;
  readonly name?: string;
  readonly said?: unknown;
  readonly to?: number;
  readonly answer?: unknown;
  readonly error?: Failure;
}

export interface Channel<Other extends Questions<Other>> {
  /**
   * Throws what the other side throws.
   * @param withinMs - 0: however long it takes
   * @throws StoreUnavailable where the other side does not answer within that time, or is gone
   */
  ask<Name extends keyof Other & string>(
    name: Name,
    said: Other[Name]['said'],
    withinMs?: number,
  ): Promise<Other[Name]['answer']>;
  /** What is waited for by nobody: where the other side is gone, so is what it was to know. */
  tell<Name extends keyof Other & string>(name: Name, said: Other[Name]['said']): void;
  /** The other side is gone. */
  close(): void;
}

const WITHIN_MS = 5000;
/** Questions without an answer yet. */
const MOST_ASKED = 20_000;

interface Pending {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout | undefined;
}

/** @param answers - asked for when the first question comes, not before this returns */
export function openChannel<Own extends Questions<Own>, Other extends Questions<Other>>(
  pipe: Pipe,
  answers: () => Answers<Own>,
): Channel<Other> {
  const pending = new Map<number, Pending>();
  let lastId = 0;

  const settle = (id: number): Pending | undefined => {
    const asked = pending.get(id);
    pending.delete(id);
    clearTimeout(asked?.timer);
    return asked;
  };
  const isOurs = (name: string): name is keyof Own & string => Object.hasOwn(answers(), name);
  const answer = async <Name extends keyof Own>(
    id: number | undefined,
    name: Name,
    said: Own[Name]['said'],
  ): Promise<void> => {
    try {
      const found = await answers()[name](said);
      if (id !== undefined) pipe.send({ to: id, answer: found ?? null });
    } catch (error) {
      if (id !== undefined) pipe.send({ to: id, error: toFailure(error) });
    }
  };
  pipe.onMessage(({ ask, name, said, to, answer: found, error }) => {
    // The other end is this very program: what it says has the types that are written above.
    if (name !== undefined && isOurs(name)) void answer(ask, name, said as Own[typeof name]['said']);
    else if (to === undefined) return;
    else if (error === undefined) settle(to)?.resolve(found);
    else settle(to)?.reject(toError(error));
  });

  return {
    ask<Name extends keyof Other & string>(name: Name, said: Other[Name]['said'], withinMs = WITHIN_MS) {
      const { promise, resolve, reject } = Promise.withResolvers<Other[Name]['answer']>();
      if (!pipe.isOpen() || pending.size >= MOST_ASKED) {
        reject(new StoreUnavailable(pipe.isOpen() ? 'too much is asked of another process already' : GONE));
        return promise;
      }
      const id = ++lastId;
      const late = (): void =>
        settle(id)?.reject(new StoreUnavailable(`another process did not answer (${name}) within ${withinMs} ms`));
      const timer = withinMs === 0 ? undefined : setTimeout(late, withinMs).unref();
      pending.set(id, { resolve: (found) => resolve(found as Other[Name]['answer']), reject, timer });
      pipe.send({ ask: id, name, said });
      return promise;
    },
    tell(name, said) {
      if (pipe.isOpen()) pipe.send({ name, said });
    },
    close() {
      for (const id of [...pending.keys()]) settle(id)?.reject(new StoreUnavailable(GONE));
    },
  };
}

const GONE = 'the other process is gone';

/** An error as plain values. */
export function toFailure(error: unknown): Failure {
  if (!(error instanceof Error)) return { code: '', message: 'something that is no error was thrown', cause: null };
  const code = error instanceof DashgateError ? error.code : '';
  return {
    ...{ code, message: error.message, cause: error.cause instanceof Error ? error.cause.message : null },
    ...(error instanceof ConfigInvalid && { problems: error.problems }),
  };
}

/** What refuses where it is not told apart: an error that the other process knows no better. */
export function toError({ code, message, cause, problems }: Failure): Error {
  const options = cause === null ? {} : { cause: new Error(cause) };
  switch (code) {
    case 'ERR_CONFIG_INVALID':
      return new ConfigInvalid(message, { ...options, problems });
    case 'ERR_HASH_QUEUE_FULL':
      return new HashQueueFull(message, options);
    default:
      return new StoreUnavailable(message, options);
  }
}
