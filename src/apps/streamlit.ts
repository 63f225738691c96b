import type { AppKind } from './app-kind.ts';
import { web } from './web.ts';

/** A Streamlit app: all that its pages show comes over one websocket, which belongs to no page of them. */
export const streamlit: AppKind = {
  ...web,
  manners: {
    title: 'Streamlit',
    pages: '`/` and any path that is nothing else',
    calls: '`_stcore/health`, `_stcore/host-config`, `_stcore/upload_file/…`, `media/…`, `component/…`',
    sockets: '`_stcore/stream`',
    below: { path: 'kept', by: '`--server.baseUrlPath x`' },
    behind: '',
    afterEnd: 'greys out and tries again; goes on by itself, with its state for 120 s',
  },
  isPoll: (_method, ownPath) => /^\/_stcore\/(?:health|host-config)$/.test(ownPath),
  isShared: (_method, ownPath) =>
    /^\/(?:(?:static|_stcore|media|component|app\/static)\/.|(?:favicon\.png|manifest\.json|index\.html)$)/.test(
      ownPath,
    ),
};
