import type { AppKind } from './app-kind.ts';
import { web } from './web.ts';

/** A Shiny app for Python: one page, one websocket. */
export const shiny: AppKind = {
  ...web,
  manners: {
    title: 'Shiny',
    pages: '`/`',
    calls: '`/lib/…`, `/session/…` (uploads and downloads)',
    sockets: '`/websocket/`',
    below: { path: 'stripped', by: '' },
    behind: '',
    afterEnd: 'greys out and stays so until it is loaded anew; the notice says so',
  },
  isPoll: () => false,
  isShared: (_method, ownPath) => /^\/(?:(?:lib|shared|session)\/.|websocket\/?$)/.test(ownPath),
};
