import type { CallbackBook } from './callback-book.ts';
import { type Judgement, judgeCallback } from './judge-callback.ts';
import type { View } from './view.ts';

/**
 * Judges a callback, and looks again in the dependencies of today where those that are known do not explain the body.
 * @param base - the root of the Dash app, as its client spells it
 * @throws UpstreamUnusable, UpstreamUnreachable, Overloaded
 */
export async function judgeToday(body: unknown, book: CallbackBook, base: string, view: View): Promise<Judgement> {
  const known = await book.at(base);
  const first = judgeCallback(body, (output) => known.get(output) ?? [], view);
  if (first.kind !== 'unlike') return first;
  const today = await book.again(base);
  return today === known ? first : judgeCallback(body, (output) => today.get(output) ?? [], view);
}
