import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AccessRequest } from '../access/request.ts';
import type { Adapter } from './adapter.ts';
import { type AllowedOptions, toldHeaders, type UpstreamPair, upstreamPair } from './allowed-headers.ts';
import { askedOf, type ClientAnswer } from './client-answer.ts';
import { askedBy, readFront, type Words } from './front.ts';
import type { ReadOptions } from './incoming.ts';

export interface DirectOptions extends ReadOptions, AllowedOptions {
  readonly client: ClientAnswer;
}

interface Direct extends Pick<Adapter<ServerResponse>, 'way' | 'idOf'> {
  readonly words: Words;
  /** What else this front takes over into the request, or drops from it. */
  readonly more: (pair: UpstreamPair, request: AccessRequest, incoming: IncomingMessage) => Record<string, string>;
}

/** A front that passes on to the client whatever is not a 2xx, so that a refusal is the answer itself. */
export function createDirectAdapter(
  { way, idOf, words, more }: Direct,
  options: DirectOptions,
): Adapter<ServerResponse> {
  const { client } = options;
  const asked = (incoming: IncomingMessage, id: string) => askedBy(incoming, id, words);
  return {
    way,
    idOf,
    peerOf: options.peerOf,
    read: (incoming, id) => readFront(incoming, id, options, words),
    write(verdict, request, response) {
      const { decision, setCookies, told } = verdict;
      if (decision.kind !== 'allow') {
        client.refuse(verdict, request, response);
        return;
      }
      const pair = upstreamPair(request, decision.identity, told, options);
      if (setCookies.length > 0) response.setHeader('Set-Cookie', setCookies);
      response.writeHead(200, {
        'Cache-Control': 'no-store',
        'Content-Length': '0',
        ...toldHeaders(request, decision, told),
        ...more(pair, request, response.req),
      });
      response.end();
    },
    mismatch: (incoming, response, id) => client.mismatch(asked(incoming, id), response),
    fail: (error, incoming, response, id, read) =>
      client.fail(error, read ? askedOf(read) : asked(incoming, id), response),
  };
}
