import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Adapter } from './adapter.ts';
import { ourNames, ownNames } from './allowed-headers.ts';
import { createDirectAdapter, type DirectOptions } from './direct.ts';
import { appInAddress, beginsWebsocket, frontInAddress, type Words } from './front.ts';
import { one } from './incoming.ts';

/**
 * The words of Traefik's ForwardAuth and Caddy's forward_auth. They hand on the client's own headers beside theirs, so the
 * app counts as the address names it, and as no header does.
 */
const forwardWords: Words = (incoming) => {
  const { headers, url } = incoming;
  const method = one(headers['x-forwarded-method']);
  return {
    uri: one(headers['x-forwarded-uri']),
    host: one(headers['x-forwarded-host']),
    method,
    app: appInAddress(url),
    isUpgrade: beginsWebsocket(method ?? '', incoming),
    handsOn: true,
  };
};

/**
 * Answers Traefik and Caddy, which pass on to the client what is not a 2xx. Traefik, as `front=` in the address says, drops what it
 * is told to take over and does not find, and cannot rename; Caddy renames, and needs to find each.
 */
export const createForwardAdapter = (options: DirectOptions): Adapter<ServerResponse> =>
  createDirectAdapter(
    {
      way: 'forward',
      // An id may be the client's own word here.
      idOf: () => randomUUID(),
      words: forwardWords,
      more: (pair, _request, { url }) => (frontInAddress(url) === 'traefik' ? ownNames(pair) : ourNames(pair)),
    },
    options,
  );
