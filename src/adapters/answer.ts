import type { IncomingMessage } from 'node:http';
import type { Decision } from '../access/decide.ts';
import type { AccessRequest } from '../access/request.ts';
import { DashgateError } from '../errors.ts';
import { type Later, now } from '../lib/end-of-turn.ts';
import type { Adapter, Verdict } from './adapter.ts';

export type Judge = (request: AccessRequest) => Promise<Verdict>;

/** What is told of an answer, to the log and the metrics. */
export interface Observed {
  readonly way: Adapter<never>['way'];
  readonly kind: Decision['kind'] | 'error';
  readonly reason: string;
  readonly seconds: number;
  readonly id: string;
  /** `null` where the request could not be read. */
  readonly request: Pick<AccessRequest, 'method' | 'app' | 'target'> | null;
  /** The client's address as far as it can be trusted; where the request could not be read, the peer's. */
  readonly from: string;
  /** `sub`, or the user name that was tried, or empty. */
  readonly who: string;
  /** The `sub` of who acts as them, where somebody does. */
  readonly actor?: string;
  /** A session began with this request. */
  readonly isSignIn: boolean;
  readonly credential?: Verdict['credential'];
  readonly error?: unknown;
}

export type Observe = (observed: Observed) => void;

/** Told of an answer that could not be written. */
export type OnUnwritten = (error: unknown, id: string) => void;

/** When an answer is written once it is known. */
export interface Pace {
  readonly soon: Later;
  /** Of one that says to come back later: whoever asks as fast as they are answered takes less from all others. */
  readonly unhurried: Later;
}

const AT_ONCE: Pace = { soon: now, unhurried: now };

/** An answer that is known. */
interface Decided<Reply> {
  readonly when: keyof Pace;
  readonly write: (reply: Reply) => void;
}

/** One request, whichever way it came: read, judge, write. Whatever goes wrong is written by the adapter as a refusal. */
export const answer =
  <Reply>(adapter: Adapter<Reply>, judge: Judge, observe: Observe, onUnwritten: OnUnwritten, pace: Pace = AT_ONCE) =>
  async (incoming: IncomingMessage, reply: Reply): Promise<void> => {
    const id = adapter.idOf(incoming);
    const { when, write } = await decided(adapter, judge, observe, incoming, id);
    pace[when](() => {
      try {
        write(reply);
      } catch (error) {
        onUnwritten(error, id);
        giveUp(adapter, error, incoming, reply, id);
      }
    });
  };

/** Says that it failed where that can still be said, and cuts the client off where not. */
function giveUp<Reply>(
  adapter: Adapter<Reply>,
  error: unknown,
  incoming: IncomingMessage,
  reply: Reply,
  id: string,
): void {
  try {
    adapter.fail(error, incoming, reply, id, null);
  } catch {
    incoming.socket.destroy();
  }
}

/** What is told of a verdict, each time that it is given. */
export const toldOf = ({ decision, who, actor, isSignIn, credential }: Verdict) => ({
  ...{ kind: decision.kind, reason: decision.reason, who, isSignIn },
  ...(actor !== undefined && { actor }),
  ...(credential && { credential }),
});

/** Never throws. */
async function decided<Reply>(
  adapter: Adapter<Reply>,
  judge: Judge,
  observe: Observe,
  incoming: IncomingMessage,
  id: string,
): Promise<Decided<Reply>> {
  const began = performance.now();
  let request: AccessRequest | null = null;
  const tell = (told: Pick<Observed, 'kind' | 'reason'> & Partial<Observed>): void => {
    const from = request?.clientAddress ?? adapter.peerOf(incoming);
    observe({
      way: adapter.way,
      id,
      request,
      from,
      who: '',
      isSignIn: false,
      seconds: (performance.now() - began) / 1000,
      ...told,
    });
  };
  try {
    const read = adapter.read(incoming, id);
    if (read === 'app-mismatch') {
      tell({ kind: 'deny', reason: read });
      return { when: 'soon', write: (reply) => adapter.mismatch(incoming, reply, id) };
    }
    request = read;
    const verdict = await judge(read);
    tell(toldOf(verdict));
    const when = verdict.decision.kind === 'wait' ? 'unhurried' : 'soon';
    return { when, write: (reply) => adapter.write(verdict, read, reply) };
  } catch (error) {
    tell({ kind: 'error', reason: error instanceof DashgateError ? error.code : 'ERR_INTERNAL', error });
    const when = error instanceof DashgateError && error.retryAfterSec !== undefined ? 'unhurried' : 'soon';
    return { when, write: (reply) => adapter.fail(error, incoming, reply, id, request) };
  }
}
