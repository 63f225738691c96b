import type { IncomingHttpHeaders } from 'node:http';
import type { Target } from '../lib/target.ts';
import type { App } from './app.ts';
import type { Demand } from './demand.ts';

/** One request for a dashboard, in the one form that every way in shares: what was asked for, not how it arrived. */
export interface AccessRequest extends Demand {
  /** Stands in the log, in `X-Request-Id` and on error pages. */
  readonly id: string;
  readonly method: string;
  readonly target: Target;
  readonly app: App;
  /** As the client sent them, less what only a front proxy may say. */
  readonly headers: IncomingHttpHeaders;
  /** The client's address, as far as it can be trusted. */
  readonly clientAddress: string;
  /** `false`: it is that of a trusted proxy, which did not say whom it asks for. */
  readonly isAddressKnown: boolean;
  /** Whether this is the start of a websocket or another switch of protocols. */
  readonly isUpgrade: boolean;
  /** Whether a person is behind it is told by its body, which is read once it may pass. */
  readonly isUseInBody?: boolean;
  /** Of a way that can answer a frame in a page of another application: what the request says of that. */
  readonly frame?: { readonly mark: string | null };
}
