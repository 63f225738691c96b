import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { IncomingMessage } from 'node:http';

const CHANNEL = 'http.server.request.start';

/** Counts the questions of fronts that node:http of this process reads while something is done. */
export async function countParsed(what: () => Promise<unknown>): Promise<number> {
  let count = 0;
  const note = (message: unknown): void => {
    const request = typeof message === 'object' && message !== null && 'request' in message ? message.request : null;
    if (request instanceof IncomingMessage && request.url?.startsWith('/_dashgate/auth/')) count++;
  };
  subscribe(CHANNEL, note);
  try {
    await what();
  } finally {
    unsubscribe(CHANNEL, note);
  }
  return count;
}
