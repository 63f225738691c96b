import type { createBoundedFetch } from '../lib/bounded-fetch.ts';

type Fetch = ReturnType<typeof createBoundedFetch>;

/**
 * Says the redirect URI to the token endpoint as it was said when the sign-in began, to the letter (RFC 6749 §4.1.3): the library takes
 * it from an address that was parsed, which has a slash behind an origin.
 * @param redirectUri - of the configuration
 */
export function keepRedirect(fetch: Fetch, redirectUri: string | null): Fetch {
  if (redirectUri === null || !/^(?:\/|https?:\/\/[^/]+)$/i.test(redirectUri)) return fetch;
  return (url, options) => {
    const { body } = options;
    const said = body instanceof URLSearchParams ? body.get('redirect_uri') : null;
    if (!(body instanceof URLSearchParams) || said === null) return fetch(url, options);
    const exact = new URLSearchParams(body);
    exact.set('redirect_uri', redirectUri === '/' ? said.replace(/\/$/, '') : redirectUri);
    return fetch(url, { ...options, body: exact });
  };
}
