import type { AppKind } from './app-kind.ts';
import { bokeh } from './bokeh.ts';

/** `panel serve`: a Bokeh server with applications of Panel's. */
export const panel: AppKind = {
  ...bokeh,
  manners: {
    ...bokeh.manners,
    title: 'Panel',
    calls: '`/app/autoload.js`, `/app/metadata`, `/static/…`, `/components/…`',
    below: { path: 'either', by: 'kept: `--prefix x`' },
    behind: '`--use-xheaders`; its tokens signed, and `--cookie-secret` for `identity: [panel]`: docs/panel.md',
    afterEnd:
      'stands still until it is loaded anew, and the notice says so; with `pn.config.reconnect = True` as Bokeh',
  },
  isShared: (method, ownPath) => bokeh.isShared(method, ownPath) || /^\/components\/./.test(ownPath),
};
