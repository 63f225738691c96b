import { writeSync } from 'node:fs';
import { Writable } from 'node:stream';
import { isCode } from '../lib/error-code.ts';

/** Writes what it can at once. @returns how many bytes. @throws EAGAIN where the reader has to catch up first */
export type Write = (bytes: Uint8Array) => number;

/** Of text that waits for the end of the turn; some two hundred lines. */
const MOST = 64 * 1024;
/** Of what a reader is behind with, before this waits for it as a blocking write would. */
const MOST_BEHIND = 4 * 1024 * 1024;
const TRY_AGAIN_MS = 5;
/** So long an ending process waits for a reader that does not read. */
const LAST_WORDS_MS = 2000;

/**
 * Writes what comes within a turn of the event loop together: a line by itself costs a system call, and wakes whoever reads it.
 * No line waits for longer than what came in with it, nor is one lost with the process: whatever ends it, an uncaught error
 * too, what waits is written first. Only a SIGKILL leaves no time for that.
 */
export function createBatches(write: Write = (bytes) => writeSync(process.stdout.fd, bytes)): Writable {
  let waiting = '';
  /** What the reader did not take yet. */
  let behind = Buffer.alloc(0);
  let isDue = false;

  const send = (): void => {
    behind = Buffer.concat([behind, Buffer.from(waiting)]);
    waiting = '';
    try {
      while (behind.length > 0) behind = behind.subarray(write(behind));
    } catch (error) {
      // A log that cannot be written at all stops nobody: neither a full disk nor a reader that is gone.
      if (!isCode(error, 'EAGAIN')) behind = Buffer.alloc(0);
    }
  };
  const sendAll = (most: number, untilMs = Number.POSITIVE_INFINITY): void => {
    send();
    while (behind.length > most && performance.now() < untilMs) {
      pause(TRY_AGAIN_MS);
      send();
    }
  };
  const atExit = (): void => sendAll(0, performance.now() + LAST_WORDS_MS);
  const flush = (): void => {
    sendAll(MOST_BEHIND);
    isDue = behind.length > 0;
    if (isDue) setTimeout(flush, TRY_AGAIN_MS);
    else process.off('exit', atExit);
  };
  return new Writable({
    decodeStrings: false,
    write(line, _encoding, done) {
      if (!isDue) {
        isDue = true;
        process.on('exit', atExit);
        setImmediate(flush);
      }
      waiting += String(line);
      if (waiting.length >= MOST) sendAll(MOST_BEHIND);
      done();
    },
  });
}

/** Stops the thread. */
const pause = (ms: number): void => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
