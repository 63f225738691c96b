import type { Problem } from './explain.ts';
import { isLocal } from './schema/address.ts';
import type { AppConfig } from './schema/config.ts';

/** What is wrong with the Tableau behind an app, beside the rest of it. */
export function* checkTableauServer({ identity, tableauServer }: AppConfig, i: number): Generator<Problem> {
  if (identity.includes('tableau') && !tableauServer)
    yield {
      path: ['apps', i, 'identity'],
      why: 'has tableau, but tableau_server is missing; add it, with client_id, secret_id and secret_value_file',
    };
  if (!tableauServer) return;
  if (tableauServer.server === null)
    yield {
      path: ['apps', i, 'tableau_server', 'server'],
      why: 'is missing, and upstream is a socket, which does not tell it; write where the REST API is',
    };
  else if (tableauServer.server.startsWith('http:') && !isLocal(new URL(tableauServer.server).host))
    yield {
      path: ['apps', i, 'tableau_server', 'server'],
      why: 'is plain http on another machine, so anybody on the way could take the tokens; write https://',
    };
}
