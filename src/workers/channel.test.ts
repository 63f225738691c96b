import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import { ConfigInvalid, HashQueueFull, StoreUnavailable } from '../errors.ts';
import { type Message, openChannel, type Pipe } from './channel.ts';

interface Asked {
  double: { said: number; answer: number };
  fail: { said: 'config' | 'queue' | 'bug'; answer: null };
  never: { said: null; answer: null };
}

/** Two ends that carry what JSON carries, as the pipe between processes does. */
function pipes(): { here: Pipe; there: Pipe; close(): void } {
  const [toHere, toThere] = [new EventEmitter(), new EventEmitter()];
  let isOpen = true;
  const end = (out: EventEmitter, into: EventEmitter): Pipe => ({
    isOpen: () => isOpen,
    send: (message) => void setImmediate(() => into.emit('message', JSON.parse(JSON.stringify(message)))),
    onMessage: (listener) => void out.on('message', (message: Message) => listener(message)),
  });
  return {
    here: end(toHere, toThere),
    there: end(toThere, toHere),
    close() {
      isOpen = false;
    },
  };
}

function open() {
  const { here, there, close } = pipes();
  const answers = {
    double: (number: number) => 2 * number,
    fail(what: Asked['fail']['said']): null {
      if (what === 'config') throw new ConfigInvalid('a.yaml:1: is wrong', { cause: new Error('why') });
      throw what === 'queue' ? new HashQueueFull('full') : new TypeError('a bug');
    },
    never: () => new Promise<null>(() => {}),
  };
  openChannel<Asked, Record<never, never>>(there, () => answers);
  const channel = openChannel<Record<never, never>, Asked>(here, () => ({}));
  return { channel, close };
}

it('a question is answered', async () => {
  const { channel } = open();
  expect(await Promise.all([channel.ask('double', 2), channel.ask('double', 3)])).toEqual([4, 6]);
});

it('what is thrown there is thrown here, as the same kind of error; what is no error of ours refuses', async () => {
  const { channel } = open();
  const thrown = channel.ask('fail', 'config');
  await expect(thrown).rejects.toThrow(ConfigInvalid);
  await expect(thrown).rejects.toMatchObject({ message: 'a.yaml:1: is wrong', cause: { message: 'why' } });
  await expect(channel.ask('fail', 'queue')).rejects.toThrow(HashQueueFull);
  await expect(channel.ask('fail', 'bug')).rejects.toThrow(StoreUnavailable);
});

it('who gets no answer in time, or asks nobody, is refused', async () => {
  const { channel, close } = open();
  await expect(channel.ask('never', null, 10)).rejects.toThrow(/did not answer \(never\) within 10 ms/);
  const waiting = channel.ask('never', null);
  close();
  channel.close();
  await expect(waiting).rejects.toThrow(StoreUnavailable);
  await expect(channel.ask('double', 1)).rejects.toThrow(StoreUnavailable);
});
