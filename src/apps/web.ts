import type { AppKind } from './app-kind.ts';

/** What pages ask for by themselves, wherever below the root the dashboard may stand. */
const POLLS: readonly RegExp[] = [
  // Dash with hot reload, every 3 s.
  /\/_reload-hash$/,
  // Streamlit, while its websocket is away.
  /\/_stcore\/(?:health|host-config)$/,
  /\/gradio_api\/heartbeat(?:\/|$)/,
  // NiceGUI, where websockets do not come through: each request may carry no more than a heartbeat.
  /\/_nicegui_ws\/socket\.io\/?$/,
  // JupyterLab, which writes them every ten seconds too.
  /\/lab\/api\/workspaces(?:\/|$)/,
];
/** Jupyter and its kin, which change things by other methods. */
const READ_POLLS = /\/api\/(?:kernels|kernelspecs|sessions|contents|terminals)(?:\/|$)/;

/** Any web application, whichever dashboard it may be: nothing beside what the configuration says. */
export const web: AppKind = {
  manners: {
    title: 'any web application',
    pages: '',
    calls: '',
    sockets: '',
    below: { path: 'either', by: '' },
    behind: '',
    afterEnd: '',
  },
  isOpen: () => false,
  isShared: () => false,
  isPoll: (method, ownPath) =>
    POLLS.some((poll) => poll.test(ownPath)) || (method === 'GET' && READ_POLLS.test(ownPath)),
  tellsUseByBody: () => false,
  voice: null,
  rewritten: [],
  rewrite: () => null,
  refusesCredentials: () => false,
};
