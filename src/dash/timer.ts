import { isKeyed } from './value.ts';

/** Whether a callback is asked for by timers of the page (`dcc.Interval`) and by nothing else: not by a person. */
export const isTimer = (body: unknown): boolean =>
  isKeyed(body) &&
  Array.isArray(body.changedPropIds) &&
  body.changedPropIds.length > 0 &&
  body.changedPropIds.every((key) => typeof key === 'string' && key.endsWith('.n_intervals'));

/** The same of a body as it came; what cannot be read is none. */
export function isTimerBody(body: Buffer): boolean {
  try {
    return isTimer(JSON.parse(body.toString('utf8')));
  } catch {
    return false;
  }
}
