import type { ServerResponse } from 'node:http';
import type { Decision } from '../access/decide.ts';
import { DashgateError } from '../errors.ts';
import type { Adapter } from './adapter.ts';
import { type AllowedOptions, ourNames, ownNames, toldHeaders, upstreamPair } from './allowed-headers.ts';
import { challengeHeaders } from './challenge.ts';
import { DENIED } from './client-answer.ts';
import { readFront } from './front.ts';
import { type ReadOptions, requestIdOf } from './incoming.ts';
import { anyNginxWords, isIngress } from './ingress-nginx.ts';

/** auth_request understands 2xx, 401 and 403; nginx turns any other answer, a redirect too, into a 500. */
export const STATUS = { allow: 200, challenge: 401, deny: 403, wait: 403 } satisfies Record<Decision['kind'], number>;

export interface NginxOptions extends ReadOptions, AllowedOptions {}

/** Answers `auth_request` subrequests (nginx, ngx_http_auth_request_module): a status and headers, no body. */
export function createNginxAdapter(options: NginxOptions): Adapter<ServerResponse> {
  const { cookieName } = options;
  return {
    way: 'nginx',
    peerOf: options.peerOf,
    idOf: requestIdOf,
    read: (incoming, id) => readFront(incoming, id, options, anyNginxWords),
    write({ decision, setCookies, told }, request, response) {
      const headers: Record<string, string> = { 'Cache-Control': 'no-store', 'Content-Length': '0' };
      if (decision.kind === 'allow') {
        const pair = upstreamPair(request, decision.identity, told, options);
        const name = isIngress(response.req.url) ? ownNames : ourNames;
        Object.assign(headers, toldHeaders(request, decision, told), name(pair));
        // nginx carries one Set-Cookie of a subrequest; half of a session that needs more is worth nothing.
        if (setCookies.length === 1 && setCookies[0]) headers['Set-Cookie'] = setCookies[0];
      } else if (decision.kind === 'challenge') {
        Object.assign(headers, challengeHeaders(request, cookieName, decision.reason));
      } else if (decision.kind === 'wait') {
        headers['X-Dashgate-Status'] = '429';
        headers['Retry-After'] = String(decision.retryAfterSec);
        headers['X-Dashgate-Reason'] = decision.reason;
      } else {
        headers['X-Dashgate-Reason'] = decision.reason;
        const status = DENIED[decision.reason];
        if (status !== STATUS.deny) headers['X-Dashgate-Status'] = String(status);
      }
      response.writeHead(STATUS[decision.kind], headers).end();
    },
    mismatch(_incoming, response) {
      response.writeHead(403, {
        'Cache-Control': 'no-store',
        'Content-Length': '0',
        'X-Dashgate-Reason': 'app-mismatch',
      });
      response.end();
    },
    fail(error, _incoming, response) {
      const status = error instanceof DashgateError ? error.status : 500;
      const headers: Record<string, string> = { 'X-Dashgate-Status': String(status), 'Content-Length': '0' };
      if (error instanceof DashgateError && error.retryAfterSec !== undefined) {
        headers['Retry-After'] = String(error.retryAfterSec);
      }
      response.writeHead(403, { 'Cache-Control': 'no-store', ...headers }).end();
    },
  };
}
