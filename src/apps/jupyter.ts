import type { AppKind } from './app-kind.ts';
import { web } from './web.ts';

/** What its pages ask for by a timer, most of it every ten seconds (Lab 4.6); they change things by other methods. */
const POLLS = /^\/(?:voila\/)?api\/(?:kernels|kernelspecs|sessions|contents|terminals|me)(?:\/|$)/;
/** Where Lab keeps how its windows lie, and writes that anew every ten seconds whether or not it changed. */
const WORKSPACES = /^\/lab\/api\/workspaces(?:\/|$)/;

const isPoll: AppKind['isPoll'] = (method, ownPath) =>
  (method === 'GET' && POLLS.test(ownPath)) || WORKSPACES.test(ownPath);

/** Jupyter Server with Lab or Notebook. What it holds is asked for by one API, whichever page shows it: rules by path tell no notebooks apart. */
export const jupyter: AppKind = {
  ...web,
  manners: {
    title: 'Jupyter',
    pages: '`/lab`, `/tree`, `/notebooks/x`',
    calls: '`/api/{contents,sessions,kernels,kernelspecs,terminals,me}`, `/lab/api/…`, `/files/x`',
    sockets: '`/api/kernels/…/channels`, `/api/events/subscribe`, `/terminals/websocket/x`',
    below: { path: 'kept', by: '`--ServerApp.base_url=/x/`' },
    behind:
      '`--IdentityProvider.token= --ServerApp.password= --ServerApp.allow_remote_access=True`, so that it does not ask again; or, so that it knows who is there, the class of examples/jupyter',
    afterEnd: 'says that it is disconnected and goes on asking; goes on with a new session, its kernel by a click',
  },
  isPoll,
  isShared: (_method, ownPath) => /^\/(?:(?:static|lab\/(?:static|extensions))\/.|favicon\.ico$)/.test(ownPath),
};
