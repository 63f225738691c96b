import type { RequestListener } from 'node:http';
import { createOwnPages, type OwnPagesOptions } from '../http/own-pages.ts';
import type { Desk } from '../login/desk.ts';
import { createDeviceCookie } from '../login/device-cookie.ts';
import { createPendingLogins } from '../login/pending-login.ts';
import { createLoginRoutes } from '../login/routes.ts';
import type { GateParts } from './parts.ts';

export interface OwnPagesParts extends Omit<OwnPagesOptions, 'router'> {
  readonly desk: Omit<Desk, 'pending' | 'device'>;
  readonly keysOf: GateParts['keysOf'];
}

/** All that stands behind the prefix, with Express and what goes with it: loaded when a person or a program first comes there. */
export function openOwnPages({ desk, keysOf, ...options }: OwnPagesParts): RequestListener {
  const { clock } = desk;
  const router = createLoginRoutes({
    ...desk,
    pending: createPendingLogins({ keys: keysOf('pending'), clock }),
    device: createDeviceCookie({ keys: keysOf('device'), clock }),
  });
  return createOwnPages({ ...options, router });
}
