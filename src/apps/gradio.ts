import type { AppKind } from './app-kind.ts';
import { web } from './web.ts';

/** A Gradio app: one queue of events for all of its pages. */
export const gradio: AppKind = {
  ...web,
  manners: {
    title: 'Gradio',
    pages: '`/`, `/page`',
    calls:
      '`/gradio_api/queue/join`, `/gradio_api/upload`, `/config`, `/theme.css`; event streams `/gradio_api/queue/data`, `/gradio_api/heartbeat/…`',
    sockets: '',
    below: { path: 'stripped', by: '`root_path="/x"` or `GRADIO_ROOT_PATH=/x`' },
    behind: '',
    afterEnd: 'shows an error of its own; goes on with the next click of a new session',
  },
  isPoll: (_method, ownPath) => /^\/gradio_api\/heartbeat(?:\/|$)/.test(ownPath),
  isShared: (_method, ownPath) =>
    /^\/(?:(?:gradio_api|assets|static|svelte|custom_component)\/.|(?:config|theme\.css|manifest\.json|favicon\.ico|pwa_icon)$)/.test(
      ownPath,
    ),
};
