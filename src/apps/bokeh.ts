import type { AppKind } from './app-kind.ts';
import { web } from './web.ts';

/** A Bokeh server: each application has its own websocket, and with it the rules for its path. */
export const bokeh: AppKind = {
  ...web,
  manners: {
    title: 'Bokeh',
    pages: '`/`, `/app`',
    calls: '`/app/autoload.js`, `/app/metadata`, `/static/…`',
    sockets: '`/app/ws`',
    below: { path: 'kept', by: '`--prefix x`' },
    behind: '`--use-xheaders`; its tokens signed: docs/panel.md',
    afterEnd:
      'says that the connection was lost and tries again five times; goes on within 15 s of the cut, by a notice at once',
  },
  isPoll: () => false,
  isShared: (_method, ownPath) => /^\/(?:static\/.|favicon\.ico$)/.test(ownPath),
};
