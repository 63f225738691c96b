import type { IncomingMessage } from 'node:http';
import type { Decision } from '../access/decide.ts';
import type { AccessRequest } from '../access/request.ts';
import { clientAddress, type TrustedPeers } from '../lib/client-address.ts';
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
  readonly request: AccessRequest | null;
  /** The client's address as far as it can be trusted; where the request could not be read, the peer's. */
  readonly from: string;
  /** `sub`, or the user name that was tried, or empty. */
  readonly who: string;
  readonly error?: unknown;
}

export type Observe = (observed: Observed) => void;

const NOBODY: TrustedPeers = { has: () => false };
const peerOf = ({ socket }: IncomingMessage): string => clientAddress(socket.remoteAddress, undefined, NOBODY);

/** One request, whichever way it came: read, judge, write. Whatever goes wrong is written by the adapter as a refusal. */
export const answer =
  <Reply>(adapter: Adapter<Reply>, judge: Judge, observe: Observe) =>
  async (incoming: IncomingMessage, reply: Reply): Promise<void> => {
    const began = performance.now();
    const { way } = adapter;
    const seconds = (): number => (performance.now() - began) / 1000;
    const id = adapter.idOf(incoming);
    let request: AccessRequest | null = null;
    try {
      const read = adapter.read(incoming, id);
      if (read === 'app-mismatch') {
        observe({ way, id, kind: 'deny', reason: read, seconds: seconds(), request, from: peerOf(incoming), who: '' });
        adapter.mismatch(incoming, reply, id);
        return;
      }
      request = read;
      const verdict = await judge(request);
      const { kind, reason } = verdict.decision;
      observe({ way, id, kind, reason, seconds: seconds(), request, from: request.clientAddress, who: verdict.who });
      adapter.write(verdict, request, reply);
    } catch (error) {
      const reason = error instanceof Error && 'code' in error ? String(error.code) : 'ERR_INTERNAL';
      const from = request?.clientAddress ?? peerOf(incoming);
      observe({ way, id, kind: 'error', reason, seconds: seconds(), request, from, who: '', error });
      adapter.fail(error, incoming, reply, id, request);
    }
  };
