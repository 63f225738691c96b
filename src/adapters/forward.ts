import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Adapter } from './adapter.ts';
import { ownNames } from './allowed-headers.ts';
import { createDirectAdapter, type DirectOptions } from './direct.ts';
import { appInAddress, beginsWebsocket, one, refuseOddSpellings, type Words } from './front.ts';

/**
 * The words of Traefik's ForwardAuth and Caddy's forward_auth. They hand on the client's own headers beside theirs, so the
 * app counts as the address names it, and as no header does.
 */
const forwardWords: Words = (incoming) => {
  refuseOddSpellings(incoming);
  const { headers, url } = incoming;
  const method = one(headers['x-forwarded-method']);
  return {
    uri: one(headers['x-forwarded-uri']),
    host: one(headers['x-forwarded-host']),
    method,
    app: appInAddress(url),
    isUpgrade: beginsWebsocket(method ?? '', incoming),
  };
};

/** Answers Traefik and Caddy, which pass on to the client what is not a 2xx. Traefik cannot rename a header that it takes over. */
export const createForwardAdapter = (options: DirectOptions): Adapter<ServerResponse> =>
  createDirectAdapter(
    // An id may be the client's own word here.
    { way: 'forward', idOf: () => randomUUID(), words: forwardWords, more: ownNames },
    options,
  );
