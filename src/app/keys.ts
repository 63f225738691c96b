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
  embed: 'dashgate/embed/v1',
};

type Purpose = keyof typeof PURPOSES;

/** The same for each purpose. */
export const forEachPurpose = <From, To>(
  of: Readonly<Record<Purpose, From>>,
  change: (from: From, purpose: Purpose) => To,
): Readonly<Record<Purpose, To>> => ({
  session: change(of.session, 'session'),
  device: change(of.device, 'device'),
  job: change(of.job, 'job'),
  handoff: change(of.handoff, 'handoff'),
  assertion: change(of.assertion, 'assertion'),
  pending: change(of.pending, 'pending'),
  refresh: change(of.refresh, 'refresh'),
  vouched: change(of.vouched, 'vouched'),
  embed: change(of.embed, 'embed'),
});

/** What a ring gives for each purpose, newest first. */
export type KeySet = Readonly<Record<Purpose, readonly DerivedKey[]>>;

/** The keys of the installation, by what they are for. */
export interface Keys {
  /** Those for one purpose, newest first; a new list whenever the ring changes. */
  of(purpose: Purpose): () => readonly DerivedKey[];
  all(): KeySet;
  /** Calls back when others are in force; they count as taken over once that has settled. */
  onChanged(listener: (now: KeySet, before: KeySet) => void | Promise<void>): void;
  close(): void;
}

/** Keys that are handed in, and may be replaced. */
export function createKeys(first: KeySet): Keys & { replace(next: KeySet): Promise<void> } {
  let keys = first;
  const listeners = new Set<Parameters<Keys['onChanged']>[0]>();
  return {
    of: (purpose) => () => keys[purpose],
    all: () => keys,
    onChanged: (listener) => void listeners.add(listener),
    async replace(next) {
      const before = keys;
      keys = next;
      await Promise.all([...listeners].map((tell) => tell(next, before)));
    },
    close() {},
  };
}

/** Whether a key is gone, and with it what it has sealed; a new key alone spoils nothing. */
export const isKeyGone = (now: KeySet, before: KeySet): boolean =>
  !before.session.every(({ kid }) => now.session.some((key) => key.kid === kid));

/**
 * Makes the ring where there is none, and reads it anew when it changes.
 * @throws ConfigInvalid where it cannot be used
 */
export function openKeys(file: string, log: Log): Keys {
  using opening = new DisposableStack();
  const read = (): KeySet => {
    const ring = loadKeyRing(file);
    for (const line of ring.warnings) log.warn(line);
    return forEachPurpose(PURPOSES, (purpose) => deriveKeys(ring, purpose));
  };
  if (createKeyRingFile(file)) log.info('a new session key was made', { file });
  // Watched first and read then, so that no change is missed between the two.
  const load = (): Promise<void> => keys.replace(read());
  opening.defer(reloadOnChange(file, { what: 'session keys', log, fields: { file } }, load));
  const keys = createKeys(read());
  const all = opening.move();
  return { ...keys, close: () => all.dispose() };
}
