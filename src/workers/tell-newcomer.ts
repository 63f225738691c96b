import type { OwnCommons } from '../app/commons.ts';
import type { ToWorker } from './protocol.ts';

const MOST_AT_ONCE = 5000;

/** All ends that are held, in parts. @param tell - settles when the part has been taken in */
export async function tellHeld(
  { held }: OwnCommons['store'],
  tell: (part: ToWorker['held']['said']) => Promise<unknown>,
): Promise<void> {
  await tell([{ sinceSec: held.knownSince() }]);
  let part: ToWorker['held']['said'][number][] = [];
  const flush = async (least: number): Promise<void> => {
    if (part.length < least) return;
    const full = part;
    part = [];
    await tell(full);
  };
  for (const [jti, untilSec] of held.sessions()) {
    part.push({ jti, untilSec });
    await flush(MOST_AT_ONCE);
  }
  for (const [sub, end] of held.subjects()) {
    part.push({ sub, ...end });
    await flush(MOST_AT_ONCE);
  }
  await flush(1);
}

/** So many addresses from which people have signed in are handed on to a worker that begins. */
const MOST_KNOWN = 20_000;

export function knownOf({ known }: OwnCommons): ToWorker['knows']['said'][] {
  const all: ToWorker['knows']['said'][] = [];
  for (const [user, networks] of known.all()) for (const network of networks) all.push({ user, network });
  return all.slice(-MOST_KNOWN);
}

export const statusOf = ({ store, shared }: OwnCommons): ToWorker['status']['said'] => ({
  isReady: store.isReady(),
  isCurrent: store.isCurrent(),
  waiting: store.waiting(),
  isRedisUp: shared?.hub.isUp() ?? false,
});
