import { DirectoryUnavailable } from '../../errors.ts';
import type { Connection } from './connection.ts';

/** Connections that are lent, each to one user at a time. */
export interface Pool {
  /**
   * Waits for a connection, opened where none is free, and takes it back when `use` ends. One that turns out to have been
   * closed while nobody used it is replaced, once.
   */
  lend<T>(signal: AbortSignal, use: (connection: Connection) => Promise<T>): Promise<T>;
  close(): void;
}

export interface PoolOptions {
  readonly open: (signal: AbortSignal) => Promise<Connection>;
  readonly most: number;
  /** How many may wait for a connection; whoever comes then throws DirectoryUnavailable. */
  readonly mostWaiting: number;
  /** After so long unused a connection is not trusted: a firewall on the way may have forgotten it without a word. */
  readonly mostIdleMs: number;
}

export function createPool({ open, most, mostWaiting, mostIdleMs }: PoolOptions): Pool {
  const free: { readonly connection: Connection; readonly sinceMs: number }[] = [];
  const waiting: (() => void)[] = [];
  let used = 0;
  let isClosed = false;

  const enter = async (signal: AbortSignal): Promise<void> => {
    if (isClosed) throw new DirectoryUnavailable('ldap: is closed');
    signal.throwIfAborted();
    if (used < most) {
      used += 1;
      return;
    }
    if (waiting.length >= mostWaiting) throw new DirectoryUnavailable('ldap: too many wait for a connection');
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const late = (): void => {
      const at = waiting.indexOf(resolve);
      if (at >= 0) waiting.splice(at, 1);
      reject(new Error('no connection to it became free in time'));
    };
    waiting.push(resolve);
    signal.addEventListener('abort', late, { once: true });
    await promise.finally(() => signal.removeEventListener('abort', late));
  };
  const leave = (): void => {
    const next = waiting.shift();
    // Whoever waits takes over the place.
    if (next) next();
    else used -= 1;
  };

  /** The one that was used last, so that those that are not needed grow old. */
  const takeKept = (): Connection | null => {
    for (let kept = free.pop(); kept; kept = free.pop()) {
      if (kept.connection.isOpen && performance.now() - kept.sinceMs < mostIdleMs) return kept.connection;
      kept.connection.close();
    }
    return null;
  };

  const attempt = async <T>(connection: Connection, use: (connection: Connection) => Promise<T>): Promise<T> => {
    try {
      return await use(connection);
    } finally {
      if (isClosed) connection.close();
      else if (connection.isOpen) free.push({ connection, sinceMs: performance.now() });
    }
  };

  return {
    async lend(signal, use) {
      await enter(signal);
      try {
        const kept = takeKept();
        if (kept) {
          try {
            return await attempt(kept, use);
          } catch (error) {
            if (!kept.isLostUnanswered || signal.aborted) throw error;
          }
        }
        return await attempt(await open(signal), use);
      } finally {
        leave();
      }
    },
    close() {
      isClosed = true;
      for (const { connection } of free.splice(0)) connection.close();
    },
  };
}
