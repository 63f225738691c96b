import type { ChildProcess } from 'node:child_process';
import type { Message, Pipe } from './channel.ts';

/** To the process that a worker was started by. */
export const upwards: Pipe = {
  isOpen: () => process.connected,
  // With a callback a pipe that has just closed is no error of its own.
  send: (message) => void process.send?.(message, undefined, undefined, () => {}),
  onMessage: (listener) => void process.on('message', (message: Message) => listener(message)),
};

/** To a worker. */
export const downTo = (worker: ChildProcess): Pipe => ({
  isOpen: () => worker.connected,
  send: (message) => void worker.send({ ...message }, () => {}),
  onMessage: (listener) => void worker.on('message', (message: Message) => listener(message)),
});
