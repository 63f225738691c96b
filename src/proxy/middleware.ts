import type { IncomingMessage, ServerResponse } from 'node:http';
import { createProxyMiddleware, type Plugin } from 'http-proxy-middleware';
import type { ProxyLibrary, UpgradeWay } from './library.ts';
import { LARGEST_HEAD } from './lines.ts';

/** What carries upgrades, in a file of its own, which is loaded with the first of them. */
export function createUpgrade(): ProxyLibrary['upgrade'] {
  const ways = new WeakMap<IncomingMessage, UpgradeWay>();
  const listen: Plugin = (library) => {
    library.on('proxyReqWs', (outgoing, request) => ways.get(request)?.onOutgoing(outgoing));
    library.on('error', (error, request) => request && ways.get(request)?.onError(error));
    library.on('econnreset', (_error, request) => ways.get(request)?.onGone());
  };
  const middleware = createProxyMiddleware<IncomingMessage, ServerResponse>({
    // Its own plugins print addresses with their queries, and write error pages that echo them.
    ejectPlugins: true,
    plugins: [listen],
    pathFilter: () => true,
    router(request, _response, options) {
      const way = ways.get(request);
      if (!way) throw new TypeError('a request without a way was to be sent');
      Object.assign(options, { agent: way.agent, ssl: { maxHeaderSize: LARGEST_HEAD } });
      return way.target;
    },
  });
  return (request, socket, head, way) => {
    ways.set(request, way);
    middleware.upgrade(request, socket, head);
  };
}
