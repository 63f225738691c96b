import type { RequestListener } from 'node:http';
import { createDoors, type DoorsOptions } from '../tableau/answer.ts';
import type { ApiDesk } from '../tableau/desk.ts';
import { errorFields } from '../telemetry/log.ts';
import type { Identification } from './identify.ts';
import type { GateParts } from './parts.ts';

export interface DoorsParts
  extends Pick<DoorsOptions, 'own' | 'ownPages' | 'find' | 'idOf' | 'trusted' | 'peerOf'>,
    Pick<ApiDesk, 'apps' | 'audit'> {
  readonly identification: Identification;
}

/** Tableau's own doors, with what goes with them: loaded when a client first comes there. */
export function openDoors(
  { apiTokens: tokens, live, clock, metrics, log }: GateParts,
  { identification, apps, audit, ...given }: DoorsParts,
): RequestListener {
  const { modes, attempts, tokens: personal, connected, api } = identification;
  return createDoors({
    ...given,
    desk: { ...api, ...{ apps, modes, attempts, personal, connected, tokens, live, clock, audit, metrics } },
    onFailed: (error, id) =>
      log.error('a door of Tableau’s could not be answered', { request: id, ...errorFields(error) }),
  });
}
