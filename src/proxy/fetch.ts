import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { UpstreamUnreachable, UpstreamUnusable } from '../errors.ts';
import type { Upstream } from './upstream.ts';

export interface Fetched {
  readonly status: number;
  readonly contentType: string;
  readonly body: Buffer;
}

export interface Fetching {
  /** As the upstream knows it. */
  readonly path: string;
  readonly headers: Record<string, string | string[]>;
  readonly mostBytes: number;
  /** For the whole of it, in milliseconds. */
  readonly withinMs: number;
}

/**
 * Asks an upstream for something that dashgate itself wants to know.
 * @throws UpstreamUnreachable, UpstreamUnusable where the answer is too large
 */
export function fetchFrom(
  { target, agent }: Upstream,
  { path, headers, mostBytes, withinMs }: Fetching,
): Promise<Fetched> {
  const isHttps = typeof target === 'object' && 'protocol' in target && target.protocol === 'https:';
  const place = typeof target === 'object' ? target : {};
  return new Promise((resolve, reject) => {
    const unreachable = (cause: unknown): void =>
      reject(new UpstreamUnreachable('the upstream could not be asked', { cause }));
    const signal = AbortSignal.timeout(withinMs);
    const options = { ...pick(place), path, method: 'GET', headers, agent, signal, maxHeaderSize: 64 * 1024 };
    const outgoing = (isHttps ? httpsRequest : httpRequest)(options);
    outgoing.once('error', unreachable);
    outgoing.once('response', (answer) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      answer.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes <= mostBytes) chunks.push(chunk);
        else {
          outgoing.destroy();
          reject(new UpstreamUnusable(`the upstream's answer is larger than ${mostBytes} bytes`));
        }
      });
      answer.once('error', unreachable);
      answer.once('end', () =>
        resolve({
          status: answer.statusCode ?? 0,
          contentType: answer.headers['content-type'] ?? '',
          body: Buffer.concat(chunks),
        }),
      );
    });
    outgoing.end();
  });
}

const pick = (place: object): { hostname?: string; port?: number; socketPath?: string } => {
  const found: { hostname?: string; port?: number; socketPath?: string } = {};
  if ('socketPath' in place && typeof place.socketPath === 'string') found.socketPath = place.socketPath;
  if ('hostname' in place && typeof place.hostname === 'string') found.hostname = place.hostname;
  if ('port' in place && typeof place.port === 'number') found.port = place.port;
  return found;
};
