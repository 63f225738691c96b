import { subscribe, unsubscribe } from 'node:diagnostics_channel';

const CHANNEL = 'http.server.request.start';

/** Counts the requests that node:http of this process reads while something is done. */
export async function countParsed(what: () => Promise<unknown>): Promise<number> {
  let count = 0;
  const note = (): void => {
    count++;
  };
  subscribe(CHANNEL, note);
  try {
    await what();
  } finally {
    unsubscribe(CHANNEL, note);
  }
  return count;
}
