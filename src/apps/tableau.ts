import type { AppKind } from './app-kind.ts';
import { web } from './web.ts';

/** Tableau Server or Cloud, by its documentation: not run against the real one. */
export const tableau: AppKind = {
  ...web,
  manners: {
    title: 'Tableau',
    pages: '`/`, `/#/…`, `/t/SITE/views/…`, `/views/…`',
    calls: '`/vizportal/api/…`, `/vizql/…`, `/api/VERSION/…`',
    sockets: '',
    below: { path: 'kept', by: '' },
    behind: 'a host name of its own, and `gateway.trusted` and `gateway.public.host`: docs/tableau.md',
    afterEnd: 'its own session lasts on; what goes through dashgate gets 401',
  },
  isShared: (_method, ownPath) => /^\/(?:favicon\.ico|robots\.txt)$/.test(ownPath),
};
