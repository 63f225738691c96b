import { UpstreamUnusable } from '../errors.ts';
import { filterValue } from './filter-layout.ts';
import { idOfKey } from './section-of-id.ts';
import { isKeyed, type Keyed } from './value.ts';
import type { View } from './view.ts';

/** What an answer changes, by `id` or `id.property`. */
const CHANGES = ['response', 'sideUpdate', 'progress', 'progressDefault', 'running', 'runningOff'] as const;

/** Names a handle of a background job anew, so that it is worth something in one session only. */
export type SealHandle = (kind: 'cacheKey' | 'job', handle: string) => string;

/**
 * Takes out of a callback's answer, in place, what is somebody else's.
 * @throws UpstreamUnusable where it is not what Dash writes
 */
export function filterAnswer(answer: unknown, view: View, seal: SealHandle): Keyed {
  if (!isKeyed(answer)) throw new UpstreamUnusable('the answer of a callback is not an object');
  for (const [key, part] of Object.entries(answer)) {
    if (key === 'cacheKey' || key === 'job') {
      if (typeof part !== 'string' && typeof part !== 'number')
        throw new UpstreamUnusable('a handle of a background job is no text');
      answer[key] = seal(key, String(part));
    } else if (key === 'cancel') answer.cancel = filterCancel(part, view);
    else if (isChanges(key) && isKeyed(part)) answer[key] = filterChanges(part, view);
    else answer[key] = filterValue(part, view);
  }
  return answer;
}

const isChanges = (key: string): boolean => CHANGES.some((name) => name === key);

function filterChanges(changes: Keyed, view: View): Keyed {
  const kept = Object.entries(changes).filter(([key]) => !view.isDenied(idOfKey(key)));
  return Object.fromEntries(kept.map(([key, part]) => [key, filterValue(part, view)]));
}

function filterCancel(cancel: unknown, view: View): unknown {
  if (!Array.isArray(cancel)) return filterValue(cancel, view);
  return cancel.filter((slot) => !isKeyed(slot) || !view.isDenied(slot.id));
}
