import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { ClientAnswer } from '../adapters/client-answer.ts';
import { askedFor } from '../adapters/proxy.ts';
import type { Config } from '../config/schema/config.ts';
import { DashgateError } from '../errors.ts';
import type { PublicOptions } from '../http/public.ts';
import { whenAsked } from '../http/when-asked.ts';
import { createDoorFinder } from '../tableau/find-door.ts';
import { errorFields } from '../telemetry/log.ts';
import type { OwnPagesParts } from './own-pages.ts';
import type { GateParts } from './parts.ts';

export interface OursParts extends Omit<OwnPagesParts, 'fail' | 'idOf'> {
  readonly client: Pick<ClientAnswer, 'fail'>;
  /** What the log and the audit call a request. */
  readonly idOf: (incoming: IncomingMessage) => string;
}

/** What dashgate answers by itself; each is loaded when somebody first comes there. */
export function createOurs(
  config: Config,
  parts: GateParts,
  { client, idOf, ...found }: OursParts,
): Pick<PublicOptions, 'ownPages' | 'doors'> {
  const { own, identification, apps, audit, publicPeers } = found;
  const fail = (error: unknown, request: IncomingMessage, response: ServerResponse, id: string): void => {
    if (!(error instanceof DashgateError && error.status < 500)) {
      parts.log.error('a page of our own could not be answered', { request: id, ...errorFields(error) });
    }
    client.fail(error, askedFor(request, id), response);
  };
  const lazily = (open: () => Promise<RequestListener>): RequestListener =>
    whenAsked(open, (error, request, response) => fail(error, request, response, idOf(request)));

  const ownPages = lazily(async () => {
    const { openOwnPages } = await import('./own-pages.ts');
    return openOwnPages(config, parts, { ...found, idOf, fail });
  });
  const find = createDoorFinder(apps);
  const answer = lazily(async () => {
    const { openDoors } = await import('./doors.ts');
    return openDoors(parts, { ...publicPeers, own, ownPages, identification, apps, audit, find, idOf });
  });
  return { ownPages, doors: { isDoor: (incoming) => find(incoming) !== null, answer } };
}
