import type { Response } from 'express';
import type { App } from '../access/app.ts';
import type { ConnectedAppConfig } from '../config/schema/config.ts';
import type { Arrival } from '../http/own-pages.ts';
import { allowFrame } from '../http/security-headers.ts';
import type { ConnectedApps } from '../identity/connected/connected-apps.ts';
import type { Clock } from '../lib/clock.ts';
import type { OwnPaths } from '../lib/own-paths.ts';
import type { FrameProblem, Pages } from '../login/pages/index.ts';
import type { Sessions } from '../session/sessions.ts';
import type { Audit } from '../telemetry/audit.ts';
import type { FindEmbedded } from './authenticator.ts';
import type { EmbedSessions } from './embed-sessions.ts';
import { ancestorsOf } from './framing.ts';

/** What frames in pages of other applications are signed in with. */
export interface EmbedDesk {
  readonly own: OwnPaths;
  readonly apps: readonly App[];
  readonly connected: ConnectedApps;
  /** Also those that are disabled: their pages are told so. */
  readonly hosts: readonly ConnectedAppConfig[];
  readonly embeds: EmbedSessions;
  readonly findEmbedded: FindEmbedded;
  readonly sessions: Pick<Sessions, 'end' | 'confirmEnds' | 'isLive'>;
  readonly pages: Pick<Pages, 'frame'>;
  readonly audit: Audit;
  readonly clock: Clock;
}

export type Arrived = Response<unknown, { arrival: Arrival }>;

/** A page of ours in a frame. @param hosts - whose pages may have it there; `null`: nobody's */
export function sendFramePage(
  { pages }: Pick<EmbedDesk, 'pages'>,
  response: Arrived,
  status: number,
  problem: FrameProblem,
  hosts: readonly ConnectedAppConfig[] | null,
): void {
  if (hosts) allowFrame(response, ancestorsOf(hosts));
  const { requestId } = response.locals.arrival;
  response.status(status).type('html').send(pages.frame({ problem, requestId }));
}

export function noteRefused({ audit }: EmbedDesk, { locals }: Arrived, who: string, why: string): void {
  const { clientAddress, requestId } = locals.arrival;
  audit({ event: 'login-refused', who, what: 'embed', why, from: clientAddress, request: requestId });
}
