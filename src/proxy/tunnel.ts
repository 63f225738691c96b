import type { Socket } from 'node:net';
import type { EndWhy } from '../connections/open-connections.ts';
import { closeFrame, createFrames } from './frames.ts';
import { type Interpreter, interpret } from './interpreted.ts';

/** A websocket on its way through, from the request for it on. */
export interface Tunnel {
  /** The upstream has switched: from here on both are one connection, and its frames are followed. */
  join(upstream: Socket, onBroken: () => void): void;
  /**
   * Ends it from here: nothing more of the upstream's is passed on, and the client is told why, where that can be told. In the
   * middle of a frame the connection just ends.
   */
  end(why: TunnelEnd): void;
}

export type TunnelEnd = EndWhy | 'shutdown';

/** 4401 is ours (RFC 6455 §7.4.2: 4000–4999 are for private use); 1012 asks to connect again (IANA, WebSocket close codes). */
const SAID: Readonly<Record<TunnelEnd, readonly [code: number, reason: string]>> = {
  over: [4401, 'session ended'],
  reconnect: [1012, 'connect again'],
  moved: [1012, 'connect again'],
  shutdown: [1001, 'going away'],
};

/** An idle websocket is probed this often, so that one whose other end has vanished does not stay for ever. */
const PROBE_AFTER_MS = 60_000;
/** Long enough for a closing frame to be read and answered; who does not read is cut off then. */
export const LINGER_MS = 500;

/** What pages send by themselves to keep a connection open is shorter: `{"type":"heartbeat"}` of Dash, `3` of Socket.IO. */
const LONGEST_HEARTBEAT = 24;
const isMessage = (opcode: number): boolean => opcode <= 2;

interface TunnelOptions {
  /** Called when the client has sent what a person may be behind. */
  readonly onMessage?: (() => void) | undefined;
  /** Reads all that is said; then it is also the one who tells what is use. */
  readonly interpreter?: Interpreter | undefined;
}

export function createTunnel(client: Socket, { onMessage, interpreter }: TunnelOptions = {}): Tunnel {
  const frames = createFrames();
  const sent = createFrames((opcode, bytes) => {
    if (isMessage(opcode) && bytes > LONGEST_HEARTBEAT) onMessage?.();
  });
  let upstream: Socket | null = null;
  let isEnding = false;
  const endClient = (): void => client.destroySoon();

  return {
    join(other, onBroken) {
      upstream = other;
      for (const socket of [client, upstream]) socket.setKeepAlive(true, PROBE_AFTER_MS);
      if (interpreter) {
        // The library has joined both a moment ago, and nothing has flowed yet.
        upstream.unpipe(client);
        client.unpipe(upstream);
        interpret(client, upstream, interpreter, () => isEnding);
      } else {
        // Beside the library, which passes on each chunk as it comes: what has been counted has been passed on.
        upstream.on('data', frames.follow);
        if (onMessage) client.on('data', sent.follow);
      }
      // The library joins what flows; this joins their ends, however they come, so that neither half outlives the other.
      client.once('close', () => other.destroy());
      upstream.once('error', onBroken);
      upstream.once('close', endClient);
    },
    end(why) {
      if (isEnding) return;
      isEnding = true;
      if (!upstream) {
        client.destroy();
        return;
      }
      upstream.off('close', endClient);
      upstream.unpipe(client);
      client.unpipe(upstream);
      upstream.destroy();
      if (client.destroyed) return;
      const late = setTimeout(() => client.destroy(), LINGER_MS);
      client.once('close', () => clearTimeout(late));
      if (frames.isBetween && !client.writableEnded) {
        // What the client still sends is read, its own closing frame last: unread, it would reset the connection under ours.
        client.resume();
        client.end(closeFrame(...SAID[why]));
      } else client.destroySoon();
    },
  };
}
