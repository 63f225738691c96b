import type { AppKind } from './app-kind.ts';
import { jupyter } from './jupyter.ts';
import { web } from './web.ts';

/** Voila: each page starts a kernel, which is called by its id. */
export const voila: AppKind = {
  ...web,
  manners: {
    title: 'Voila',
    pages: '`/`, `/voila/render/x`',
    calls: '`/api/kernels/…`, `/voila/static/…`',
    sockets: '`/api/kernels/…/channels`',
    below: { path: 'kept', by: '`--Voila.base_url=/x/`' },
    behind: '',
    afterEnd: 'stands still until it is loaded anew; the notice says so',
  },
  isPoll: jupyter.isPoll,
  isShared: (_method, ownPath) =>
    /^\/(?:(?:static|voila\/(?:static|labextensions|templates\/[^/]+\/static)|api\/kernels)\/.|favicon\.ico$)/.test(
      ownPath,
    ),
};
