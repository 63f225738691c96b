import { ASSERTION_PURPOSE } from '../apps/assertion-keys.ts';
import { createKeyRingFile, type DerivedKey, deriveKeys, loadKeyRing } from '../session/key-ring.ts';
import type { Log } from '../telemetry/log.ts';
import { reloadOnChange } from '../telemetry/reload.ts';

const PURPOSES = {
  session: 'dashgate/session/v1',
  device: 'dashgate/device/v1',
  job: 'dashgate/job/v1',
  handoff: 'dashgate/handoff/v1',
  assertion: ASSERTION_PURPOSE,
  pending: 'dashgate/pending-login/v1',
  refresh: 'dashgate/refresh/v1',
  vouched: 'dashgate/vouched/v1',
};

type Purpose = keyof typeof PURPOSES;

/** The keys of the installation, by what they are for. */
export interface Keys {
  /** Those for one purpose, newest first; a new list whenever the ring changes. */
  of(purpose: Purpose): () => readonly DerivedKey[];
  close(): void;
}

/**
 * Makes the ring where there is none, and reads it anew when it changes.
 * @param onGone - called when a key is gone, and with it what it has sealed; a new key alone spoils nothing
 * @throws ConfigInvalid where it cannot be used
 */
export function openKeys(file: string, log: Log, onGone: () => void): Keys {
  using opening = new DisposableStack();
  const read = (): Record<Purpose, readonly DerivedKey[]> => {
    const ring = loadKeyRing(file);
    for (const line of ring.warnings) log.warn(line);
    return {
      session: deriveKeys(ring, PURPOSES.session),
      device: deriveKeys(ring, PURPOSES.device),
      job: deriveKeys(ring, PURPOSES.job),
      handoff: deriveKeys(ring, PURPOSES.handoff),
      assertion: deriveKeys(ring, PURPOSES.assertion),
      pending: deriveKeys(ring, PURPOSES.pending),
      refresh: deriveKeys(ring, PURPOSES.refresh),
      vouched: deriveKeys(ring, PURPOSES.vouched),
    };
  };
  if (createKeyRingFile(file)) log.info('a new session key was made', { file });
  const reload = (): void => {
    const last = keys.session;
    keys = read();
    if (!last.every(({ kid }) => keys.session.some((key) => key.kid === kid))) onGone();
  };
  // Watched first and read then, so that no change is missed between the two.
  opening.defer(reloadOnChange(file, { what: 'session keys', log, fields: { file } }, reload));
  let keys = read();
  const all = opening.move();
  return { of: (purpose) => () => keys[purpose], close: () => all.dispose() };
}
