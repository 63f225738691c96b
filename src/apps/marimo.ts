import type { AppKind } from './app-kind.ts';
import { web } from './web.ts';

/** A marimo notebook that runs as an app. */
export const marimo: AppKind = {
  ...web,
  manners: {
    title: 'marimo',
    pages: '`/`',
    calls: '`/api/…`, `/assets/…`, `/@file/…`',
    sockets: '`/ws`',
    below: { path: 'kept', by: '`--base-url /x`' },
    behind: '`--no-token`, as it asks for one of its own',
    afterEnd: 'says that the kernel was not found; goes on with its kernel within ten seconds, for 120 s',
  },
  isPoll: (method, ownPath) => method === 'GET' && /^\/(?:health|healthz|api\/status)$/.test(ownPath),
  isShared: (_method, ownPath) =>
    /^\/(?:(?:assets|api|@file)\/.|(?:ws|health|healthz|favicon\.ico|manifest\.json|public-files-sw\.js|logo\.png)$)/.test(
      ownPath,
    ),
};
