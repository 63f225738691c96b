import { createHmac, timingSafeEqual } from 'node:crypto';

/** Handles of background jobs, each worth something only to whoever began the job. Keeps nothing. */
export interface JobHandles {
  seal(handle: string, owner: readonly string[]): string;
  /** @returns the app's own handle, `null` where it was not sealed for this owner */
  open(sealed: string, owner: readonly string[]): string | null;
}

const MAC_LENGTH = 43;

/**
 * Dash before 4.4 takes any handle from anybody: with another's key it hands out another's result, with any process id it
 * ends that process.
 * @param keys - newest first, 32 bytes each: the first seals, all of them open
 */
export function createJobHandles(keys: () => readonly Uint8Array[]): JobHandles {
  const mac = (key: Uint8Array, handle: string, owner: readonly string[]): string =>
    createHmac('sha256', key)
      .update(JSON.stringify([handle, ...owner]))
      .digest('base64url');
  return {
    seal(handle, owner) {
      const [key] = keys();
      if (!key) throw new TypeError('there is no key to seal a handle with');
      return `${handle}~${mac(key, handle, owner)}`;
    },
    open(sealed, owner) {
      const at = sealed.length - MAC_LENGTH - 1;
      if (at < 1 || sealed[at] !== '~') return null;
      const handle = sealed.slice(0, at);
      const given = Buffer.from(sealed.slice(at + 1));
      const isRight = (key: Uint8Array): boolean => {
        const right = Buffer.from(mac(key, handle, owner));
        return given.length === right.length && timingSafeEqual(given, right);
      };
      return keys().some(isRight) ? handle : null;
    },
  };
}
