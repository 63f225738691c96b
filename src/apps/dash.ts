import type { AppKind } from './app-kind.ts';
import { web } from './web.ts';

/**
 * A Dash app: its paths are guarded like any other's. Every page of it loads the same scripts, layout and dependencies, and calls
 * back to one address.
 */
export const dash: AppKind = {
  ...web,
  tellsUseByBody: (method, ownPath) => method === 'POST' && ownPath.endsWith('/_dash-update-component'),
  isShared: (_method, ownPath) =>
    /^\/(?:assets\/.|_dash-component-suites\/.|(?:_dash-layout|_dash-dependencies|_dash-update-component|_dash-ws-callback|_favicon\.ico|_reload-hash)$)/.test(
      ownPath,
    ),
};
