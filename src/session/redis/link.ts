import { createClient, ErrorReply } from 'redis';
import type { RedisNode } from '../../config/schema/store.ts';
import { StoreUnavailable } from '../../errors.ts';
import type { RedisAccess } from './access.ts';

/** One connection to one node. It is not mended: who has lost it makes another. */
export interface Link {
  /**
   * Sends one command.
   * @param withinMs - how long the answer may take; a node that takes longer is given up
   * @throws RedisRefused where Redis answers with an error, StoreUnavailable where it does not answer
   */
  ask(command: readonly string[], withinMs?: number): Promise<unknown>;
  close(): void;
}

/** Redis understood, and said no. The message is Redis' own, cut; it names commands and keys, and no value. */
export class RedisRefused extends StoreUnavailable {
  /** `WRONGPASS`, `NOPERM`, `READONLY`, `OOM` … */
  readonly word: string;

  constructor(message: string) {
    super(message);
    this.word = /^[A-Z]+/.exec(message)?.[0] ?? '';
  }
}

export const ANSWER_MS = 2000;
const MOST_WAITING = 10_000;
const LONGEST_MESSAGE = 200;

/** Throws RedisRefused or StoreUnavailable. */
export async function connectTo({ host, port }: RedisNode, access: RedisAccess, database = 0): Promise<Link> {
  const { ca, isTls } = access;
  const { user, password } = access.credentials();
  const at = { host, port, connectTimeout: ANSWER_MS, reconnectStrategy: false as const };
  const client = createClient({
    socket: isTls ? { ...at, tls: true, ...(ca !== null && { ca }) } : at,
    ...(user !== null && { username: user }),
    ...(password !== null && { password }),
    ...(database !== 0 && { database }),
    RESP: 2,
    commandsQueueMaxLength: MOST_WAITING,
    disableOfflineQueue: true,
    disableClientInfo: true,
    maintNotifications: 'disabled',
  });
  const close = (): void => client.destroy();
  let broken: unknown;
  // Also of an answer that cannot be read: those after it could be taken for answers to other questions.
  client.on('error', (error: unknown) => {
    broken ??= error;
    close();
  });
  const bounded = async <T>(task: Promise<T>, withinMs: number): Promise<T> => {
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      late.reject(new StoreUnavailable(`${host}:${port} did not answer within ${withinMs} ms`));
      close();
    }, withinMs);
    try {
      return await Promise.race([task, late.promise]);
    } catch (error) {
      throw toOurs(error, broken, `${host}:${port}`);
    } finally {
      clearTimeout(timer);
      // What is said of it once nobody waits any more.
      task.catch(() => {});
    }
  };
  try {
    await bounded(client.connect(), ANSWER_MS);
  } catch (error) {
    close();
    throw error;
  }
  return {
    ask: (command, withinMs = ANSWER_MS) => bounded(client.sendCommand(command), withinMs),
    close,
  };
}

function toOurs(error: unknown, broken: unknown, at: string): StoreUnavailable {
  if (error instanceof StoreUnavailable) return error;
  if (error instanceof ErrorReply) return new RedisRefused(printable(error.message));
  const first = broken ?? error;
  const message = printable(first instanceof Error ? first.message : String(first));
  return new StoreUnavailable(`${at}: ${message || 'the connection was lost'}`, { cause: first });
}

const printable = (text: string): string => text.slice(0, LONGEST_MESSAGE).replace(/[^\x20-\x7e]/g, '?');
