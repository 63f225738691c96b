/** A request that is being sent. */
export interface Sending {
  /** Bytes or parts; more where something has moved. */
  howFar(): number;
  isSent(): boolean;
}

export interface Silence {
  /** From here on what the request sends counts as a sign of life. */
  watch(request: Sending): void;
  /** All of it has gone out. */
  sent(): void;
  end(): void;
}

/**
 * Calls back once when an upstream stays silent: for that long after the request has gone out whole, or, while it is still
 * being sent, when not a byte of it could be sent for that long. An upload may take as long as it moves.
 */
export function watchSilence(afterMs: number, onSilence: () => void): Silence {
  let sending: Sending | null = null;
  let sent = 0;
  let hasEnded = false;
  const timer = setTimeout(() => {
    const now = sending?.howFar() ?? 0;
    if (!sending || sending.isSent() || now === sent) {
      onSilence();
      return;
    }
    sent = now;
    timer.refresh();
  }, afterMs);
  return {
    watch(request) {
      sending = request;
      sent = request.howFar();
    },
    sent() {
      if (!hasEnded) timer.refresh();
    },
    end() {
      hasEnded = true;
      clearTimeout(timer);
    },
  };
}
