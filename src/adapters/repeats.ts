import type { ServerResponse } from 'node:http';
import { LRUCache } from 'lru-cache';
import type { AccessRequest } from '../access/request.ts';
import type { Repeats } from '../http/lane.ts';
import { createKeyedDigest } from '../lib/keyed-digest.ts';
import type { Adapter, Verdict } from './adapter.ts';
import { type Observe, type Observed, toldOf } from './answer.ts';
import { type DatedAnswer, datedAnswer } from './dated-answer.ts';
import { partHead } from './part-head.ts';

/** What fronts were told that may be told again. */
export interface RepeatTable extends Repeats {
  /** The same adapter, whose answers may be kept. */
  noting(adapter: Adapter<ServerResponse>): Adapter<ServerResponse>;
  /** Forgets all of them. */
  forget(): void;
}

/** What is told of an answer each time it is given. */
type Telling = Omit<Observed, 'seconds' | 'id'>;

interface Repeatable {
  readonly again: () => boolean;
  readonly telling: Telling;
}

interface Entry extends Repeatable {
  readonly peer: string;
  readonly hasId: boolean;
  readonly answer: DatedAnswer;
}

const MOST_BYTES = 12 * 1024 * 1024;
/** Of an entry, beside its head and its answer; about. */
const EACH_BYTES = 800;
/** So that the table has room for the heads of many. */
const MOST_OF_ONE = 8 * 1024;

/**
 * How a head was read and what it was answered are remembered, by its exact bytes; whether it may be answered so is judged each
 * time. Nothing is kept of what was not allowed, nor what carries a credential for the dashboard.
 */
export function createRepeats(observe: Observe): RepeatTable {
  const table = new LRUCache<string, Entry>({
    maxSize: MOST_BYTES,
    sizeCalculation: ({ answer }, key) => key.length + answer.length + EACH_BYTES,
  });
  const repeatable = new WeakMap<ServerResponse, Repeatable>();
  const digest = createKeyedDigest();

  return {
    noting: (adapter) => ({
      ...adapter,
      write(verdict, request, response) {
        adapter.write(verdict, request, response);
        const found = repeatableOf(adapter.way, verdict, request);
        if (found) repeatable.set(response, found);
      },
    }),
    again(head, peer) {
      const began = performance.now();
      const { rest, id, isSecret } = partHead(head);
      const key = isSecret ? digest(rest) : rest;
      const known = table.get(key);
      if (!known || known.peer !== peer || known.hasId !== (id !== null)) return null;
      if (!isStill(known)) {
        table.delete(key);
        return null;
      }
      observe({ ...known.telling, seconds: (performance.now() - began) / 1000, id: id ?? '' });
      return known.answer.text();
    },
    keep(head, peer, incoming, response, written) {
      const found = repeatable.get(response);
      if (!found || head.length > MOST_OF_ONE || written.length > MOST_OF_ONE) return;
      const { rest, id, isSecret } = partHead(head);
      const { headers } = incoming;
      // What stands there in another spelling, or twice, is not understood here.
      if ((headers['x-request-id'] ?? null) !== id || (headers.authorization !== undefined) !== isSecret) return;
      if (id !== null && written.includes(id)) return;
      const answer = datedAnswer(written);
      if (answer) table.set(isSecret ? digest(rest) : rest, { ...found, peer, hasId: id !== null, answer });
    },
    forget: () => table.clear(),
  };
}

/** What cannot be said now is for the whole way to say. */
function isStill({ again }: Repeatable): boolean {
  try {
    return again();
  } catch {
    return false;
  }
}

function repeatableOf(way: Observed['way'], verdict: Verdict, request: AccessRequest): Repeatable | null {
  const { decision, again, basis, setCookies } = verdict;
  if (decision.kind !== 'allow' || !again || way === 'refuse') return null;
  // A password brings the cookie of its one session each time; any other is handed out once.
  if (setCookies.length > 0 && basis?.by !== 'basic') return null;
  if (!carriesNoCredential(request, basis)) return null;
  const { method, app, target, clientAddress: from } = request;
  // A session begins once.
  const told = { ...toldOf(verdict), isSignIn: false };
  return { again, telling: { ...told, way, from, request: { method, app, target } } };
}

/** Whether `Authorization` for the dashboard is empty, now and as long as the configuration stays. */
const carriesNoCredential = ({ app, headers }: AccessRequest, basis: Verdict['basis']): boolean =>
  app.upstreamAuth !== 'fixed' &&
  app.upstreamAuth !== 'told' &&
  (headers.authorization === undefined || (app.upstreamAuth === 'none' && basis?.by === 'basic'));
