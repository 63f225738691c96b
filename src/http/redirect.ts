import type { RequestListener } from 'node:http';
import { DashgateError } from '../errors.ts';
import { parseTarget } from '../lib/target.ts';

/** Sends every browser from http to the address that is configured; the host that it named plays no part. */
export const createRedirect =
  ({ origin }: { origin: string }): RequestListener =>
  (request, response) => {
    const headers = { 'Cache-Control': 'no-store', 'Content-Length': '0', Connection: 'close' };
    try {
      const { path, query } = parseTarget(request.url, 'localhost');
      response.writeHead(308, { ...headers, Location: `${origin}${path}${query}` }).end();
    } catch (error) {
      response.writeHead(error instanceof DashgateError ? error.status : 500, headers).end();
    }
  };
