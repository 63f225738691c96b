import type { Authenticator, CredentialRequest, RejectionReason } from '../authenticate.ts';
import type { ApiTokenReader, HeldToken } from './reader.ts';
import { allowedBy } from './scopes.ts';
import { type ApiApp, isOfOtherSite } from './sites.ts';

/** Lower-cased. */
export const API_TOKEN_HEADER = 'x-tableau-auth';

export interface ApiRequest extends CredentialRequest {
  readonly app: CredentialRequest['app'] & { readonly name: string; readonly prefix: string };
  readonly method: string;
  readonly target: { readonly decodedPath: string };
  readonly isUpgrade: boolean;
}

export interface ApiAuthenticatorOptions<Request> {
  /** `null`: nobody can have such a token there. */
  readonly appOf: (name: string) => ApiApp | null;
  readonly reader: ApiTokenReader;
  /** Told of each use. */
  readonly note: (held: HeldToken, request: Request) => void;
}

/** `X-Tableau-Auth`: what a client was given as it signed in, with each request. No cookie comes of it. */
export const createApiAuthenticator =
  <Request extends ApiRequest>(options: ApiAuthenticatorOptions<Request>): Authenticator<Request> =>
  async (request) => {
    const { appOf, reader, note } = options;
    const given = request.headers[API_TOKEN_HEADER];
    const app = given !== undefined && request.app.credentials.includes('tableau') ? appOf(request.app.name) : null;
    if (!app) return null;
    // Several of them are joined by commas, which no token has.
    const found = await reader.read(String(given), app);
    if (found.kind === 'no') return rejected(found.reason, found.sub);
    const { token, site, identity, session } = found;
    const { method, headers, isUpgrade } = request;
    const ownPath = ownPathOf(request);
    if (isOfOtherSite(ownPath, site)) return rejected('bad-token', identity.sub);
    if (token.vouching && !allowedBy(token.vouching.scopes, { method, headers, ownPath, isUpgrade }))
      return rejected('bad-token', identity.sub);
    note(found, request);
    return { ...{ kind: 'identified', identity, by: 'tableau', session, isNew: false, setCookies: [] } };
  };

const ownPathOf = ({ app: { prefix }, target: { decodedPath } }: ApiRequest): string =>
  decodedPath.slice(prefix.length - 1);

const rejected = (reason: RejectionReason, user: string) =>
  ({ kind: 'rejected', reason, by: 'tableau', user }) as const;
