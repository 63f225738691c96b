import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Adapter } from '../adapters/adapter.ts';
import { answer, type Judge, type OnUnwritten } from '../adapters/answer.ts';
import { judgeAside } from '../adapters/judge-aside.ts';
import { createObserver, type ObserverOptions } from '../adapters/observer.ts';
import { createRepeats, type RepeatTable } from '../adapters/repeats.ts';
import { createEndOfTurn } from '../lib/end-of-turn.ts';
import { createInAWhile } from '../lib/in-a-while.ts';
import { errorFields } from '../telemetry/log.ts';
import type { Telling } from './telling.ts';

/** Nobody feels it, and who asks without a pause is answered a hundred times a second on a connection, not thousands. */
const UNHURRIED_MS = 10;

type Answer<Reply> = (incoming: IncomingMessage, reply: Reply) => Promise<void>;

/** The one way from a request to its answer, whichever adapter it came by. */
export interface Answering {
  /** For dashgate as the proxy. */
  through<Reply>(adapter: Adapter<Reply>): Answer<Reply>;
  /** For fronts that ask, and forward by themselves. */
  aside(adapter: Adapter<ServerResponse>): Answer<ServerResponse>;
  /** What fronts were answered, where the same may be answered again. */
  readonly repeats: RepeatTable;
}

export interface AnsweringOptions extends ObserverOptions {
  readonly judge: Judge;
  readonly telling: Pick<Telling, 'told'>;
}

export function createAnswering({ judge, telling, audit, metrics, log }: AnsweringOptions): Answering {
  const observe = createObserver({ audit, metrics, log });
  const onUnwritten: OnUnwritten = (error, id) =>
    log.error('an answer could not be written', { request: id, ...errorFields(error) });
  const pace = { soon: createEndOfTurn(), unhurried: createInAWhile(UNHURRIED_MS) };
  const repeats = createRepeats(observe);
  const [proxied, asked] = [telling.told(judge, false), telling.told(judgeAside(judge), true)];
  return {
    through: (adapter) => answer(adapter, proxied, observe, onUnwritten, pace),
    aside: (adapter) => answer(repeats.noting(adapter), asked, observe, onUnwritten, pace),
    repeats,
  };
}
