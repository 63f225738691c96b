import type { IncomingMessage } from 'node:http';
import { isNavigation } from './navigation.ts';
import { PREFIX } from './prefix.ts';

interface Place {
  readonly origin: string;
  readonly host: string;
}

const LOOPBACK = /^(?:localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;

/**
 * Shows a person the way who typed the name of the machine: from a root where no app is to the list of dashboards, and from
 * another spelling of this machine to the one that is configured.
 * @param homes - origins without an app at their root
 */
export const createSignpost =
  (homes: readonly Place[], publicUrl: Place) =>
  (incoming: IncomingMessage): string | null => {
    const { url, headers, method = '' } = incoming;
    const host = headers.host?.toLowerCase() ?? '';
    if (!isNavigation(method, headers, headers.upgrade !== undefined)) return null;
    const here = homes.find((home) => home.host === host);
    if (here && url === '/') return `${here.origin}${PREFIX}/login`;
    const port = LOOPBACK.exec(host);
    const isAlias = port !== null && host !== publicUrl.host && port[1] === LOOPBACK.exec(publicUrl.host)?.[1];
    return isAlias ? `${publicUrl.origin}/` : null;
  };
