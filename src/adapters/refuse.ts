import type { ServerResponse } from 'node:http';
import type { Adapter } from './adapter.ts';
import { askedOf, type ClientAnswer } from './client-answer.ts';
import { askedBy, nginxWords, readFront } from './front.ts';
import { type ReadOptions, requestIdOf } from './incoming.ts';

/**
 * Writes what nginx cannot: the login redirect, the 401 for programs, the 403 page, the 400 and 503, for a request that
 * the check refused. Decided anew from the request itself, so that nobody can ask for another's answer.
 */
export function createRefuseAdapter(options: ReadOptions, client: ClientAnswer): Adapter<ServerResponse> {
  return {
    way: 'refuse',
    peerOf: options.peerOf,
    idOf: requestIdOf,
    read: (incoming, id) => readFront(incoming, id, options, nginxWords),
    write(verdict, request, response) {
      if (verdict.decision.kind !== 'allow') {
        client.refuse(verdict, request, response);
        return;
      }
      // What refused it a moment ago has passed: the same request will do.
      const { app, target } = request;
      const again = request.method === 'GET' || request.method === 'HEAD';
      response.setHeader('Cache-Control', 'no-store');
      if (again) response.writeHead(307, { Location: `${app.origin}${target.path}${target.query}` }).end();
      else response.writeHead(503, { 'Retry-After': '0' }).end();
    },
    mismatch: (incoming, response, id) => client.mismatch(askedBy(incoming, id, nginxWords), response),
    fail: (error, incoming, response, id, read) =>
      client.fail(error, read ? askedOf(read) : askedBy(incoming, id, nginxWords), response),
  };
}
