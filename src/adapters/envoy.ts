import type { ServerResponse } from 'node:http';
import { isIP } from 'node:net';
import type { App } from '../access/app.ts';
import type { AccessRequest } from '../access/request.ts';
import type { OwnPaths } from '../lib/own-paths.ts';
import { droppedFor } from '../lib/untrusted-headers.ts';
import type { Adapter } from './adapter.ts';
import { ownNames, type UpstreamPair } from './allowed-headers.ts';
import { createDirectAdapter, type DirectOptions } from './direct.ts';
import { beginsWebsocket, type Words } from './front.ts';
import { requestIdOf } from './incoming.ts';

/**
 * The words of Envoy's ext_authz over HTTP: the request itself, its path behind the prefix that the filter is configured with,
 * `/_dashgate/auth/envoy/APP`: the app's name stands between the two. No header has a say in what is asked for but `Host`, which Envoy routes by too.
 */
const envoyWords =
  (prefix: string): Words =>
  (incoming) => {
    const { headers, method = '', url = '' } = incoming;
    const [, app = null, uri] = /^([^/?]*)(\/.*)?$/s.exec(url.slice(prefix.length)) ?? [];
    return { uri, host: headers.host, method, app, isUpgrade: beginsWebsocket(method, incoming), handsOn: true };
  };

/** Envoy adds the client's address to what the client says it is; the scheme it sets itself. */
const KEPT = new Set(['X-Forwarded-For', 'X-Forwarded-Proto']);
const dropped = (app: App): string[] => droppedFor(app).filter((name) => !KEPT.has(name));

/** Envoy leaves what an answer does not name as the client sent it, and drops what this header lists, whoever sent it. */
function taken(pair: UpstreamPair, { app, clientAddress }: AccessRequest): Record<string, string> {
  const own: Record<string, string> = {
    ...ownNames(pair),
    ...(isIP(clientAddress) !== 0 && { 'X-Forwarded-For': clientAddress }),
  };
  const absent = ['Authorization', 'Cookie', 'X-Forwarded-For'].filter((name) => !(name in own));
  return { ...own, 'X-Envoy-Auth-Headers-To-Remove': [...absent, ...dropped(app)].join(',').toLowerCase() };
}

/** Answers Envoy, and what is built on it, as Envoy Gateway. */
export const createEnvoyAdapter = ({ check }: OwnPaths, options: DirectOptions): Adapter<ServerResponse> =>
  createDirectAdapter({ way: 'envoy', idOf: requestIdOf, words: envoyWords(check.envoy), more: taken }, options);
