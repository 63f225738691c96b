import type { AppConfig } from '../config/schema/config.ts';

/** Where and how an app's requests go upstream: where this is the same, what is open may stay. */
export function routeOf(app: AppConfig): string {
  const { name, at, upstream, upstreamTls, kind, sections, identity, upstreamAuth, upstreamCredentials } = app;
  const { identityHeaders, assertion, signedCookie, encryptedCookie, panelCookies } = app;
  const { pageTokens, delegation, tableauServer } = app;
  return JSON.stringify([
    ...[name, at.origin, at.prefix, upstream, upstreamTls, kind, sections],
    ...[identity, identityHeaders, assertion, signedCookie, encryptedCookie, panelCookies],
    ...[upstreamAuth, upstreamCredentials, pageTokens, delegation, tableauServer],
  ]);
}
