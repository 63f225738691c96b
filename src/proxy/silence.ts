import type { ClientRequest } from 'node:http';

export interface Silence {
  /** From here on what the request sends counts as a sign of life. */
  watch(request: ClientRequest): void;
  end(): void;
}

/**
 * Calls back once when an upstream stays silent: for that long after the request has gone out whole, or, while it is still
 * being sent, when not a byte of it could be sent for that long. An upload may take as long as it moves.
 */
export function watchSilence(afterMs: number, onSilence: () => void): Silence {
  let outgoing: ClientRequest | null = null;
  let sent = 0;
  let hasEnded = false;
  const bytesSent = (): number => outgoing?.socket?.bytesWritten ?? 0;
  const timer = setTimeout(() => {
    if (outgoing?.writableFinished !== false || bytesSent() === sent) {
      onSilence();
      return;
    }
    sent = bytesSent();
    timer.refresh();
  }, afterMs);
  return {
    watch(request) {
      outgoing = request;
      sent = bytesSent();
      request.once('finish', () => {
        if (!hasEnded) timer.refresh();
      });
    },
    end() {
      hasEnded = true;
      clearTimeout(timer);
    },
  };
}
