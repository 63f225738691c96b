import type { IncomingHttpHeaders } from 'node:http';
import { API_TOKEN_HEADER } from '../identity/api-tokens/authenticator.ts';
import type { HeldToken } from '../identity/api-tokens/reader.ts';
import type { ApiApp } from '../identity/api-tokens/sites.ts';
import type { ApiDesk } from './desk.ts';
import type { ErrorName } from './reply.ts';

/** Who comes with `X-Tableau-Auth`; else what is wrong with it. Throws DashgateError where it could not be found out. */
export async function heldToken(
  { reader }: Pick<ApiDesk, 'reader'>,
  app: ApiApp,
  headers: IncomingHttpHeaders,
): Promise<HeldToken | ErrorName> {
  const given = headers[API_TOKEN_HEADER];
  if (given === undefined) return 'noCredentials';
  const found = await reader.read(String(given), app);
  return found.kind === 'open' ? found : 'badToken';
}
