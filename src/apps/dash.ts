import type { AppKind } from './app-kind.ts';
import { web } from './web.ts';

/**
 * A Dash app: its paths are guarded like any other's. Every page of it loads the same scripts, layout and dependencies, and calls
 * back to one address.
 */
export const dash: AppKind = {
  ...web,
  manners: {
    title: 'Dash',
    pages: '`/` and any path that is nothing else',
    calls: '`_dash-layout`, `_dash-dependencies`, `_dash-update-component`',
    sockets: '`_dash-ws-callback` (Dash 4 with FastAPI or Quart)',
    below: { path: 'either', by: '`DASH_REQUESTS_PATHNAME_PREFIX=/x/`; kept: `DASH_ROUTES_PATHNAME_PREFIX=/x/` too' },
    behind: '',
    afterEnd: 'stands still and says nothing; goes on with the next click of a new session',
  },
  tellsUseByBody: (method, ownPath) => method === 'POST' && ownPath.endsWith('/_dash-update-component'),
  isShared: (_method, ownPath) =>
    /^\/(?:assets\/.|_dash-component-suites\/.|(?:_dash-layout|_dash-dependencies|_dash-update-component|_dash-ws-callback|_favicon\.ico|_reload-hash)$)/.test(
      ownPath,
    ),
};
