/** A header of the contract, as the reference page prints it. A test compares these lists with what is really sent. */
export interface HeaderEntry {
  readonly name: string;
  readonly meaning: string;
}

/** What a front proxy says about the request that it asks about. */
export const QUESTION: readonly HeaderEntry[] = [
  {
    name: 'X-Original-URI',
    meaning: 'The request target as the client sent it (`$request_uri`): path and query, not normalised.',
  },
  { name: 'X-Original-Method', meaning: 'The method of the request.' },
  { name: 'X-Original-Upgrade', meaning: 'The `Upgrade` header of the request, empty where there is none.' },
  { name: 'X-Forwarded-Host', meaning: 'The `Host` header of the request.' },
  {
    name: 'X-Forwarded-Proto',
    meaning: 'The scheme of the request. Not believed: whether we are on https is configured.',
  },
  { name: 'X-Forwarded-For', meaning: 'The client’s address. The rightmost entry that is not a trusted proxy counts.' },
  {
    name: 'X-Dashgate-App',
    meaning: 'A constant: the app that the front is about to forward to. Host and path must lead to the same one.',
  },
  { name: 'X-Request-Id', meaning: 'Optional: 8 to 64 of `A-Z a-z 0-9 _ -`. Stands in our log too.' },
];

/** The same in the words of other fronts: each is asked by another address, which names the app. */
export const OTHER_QUESTIONS: readonly { readonly front: string; readonly headers: readonly HeaderEntry[] }[] = [
  {
    front:
      'Caddy: `GET /_dashgate/auth/forward?app=NAME`; Traefik: `GET /_dashgate/auth/forward?front=traefik&app=NAME`',
    headers: [
      { name: 'X-Forwarded-Uri', meaning: 'Path and query as they will be forwarded.' },
      { name: 'X-Forwarded-Method', meaning: 'The method of the request.' },
      { name: 'X-Forwarded-Host', meaning: 'The `Host` header of the request.' },
    ],
  },
  {
    front: 'Envoy: its own method, `/_dashgate/auth/envoy/NAME` and the path behind that',
    headers: [{ name: 'Host', meaning: 'That of the request.' }],
  },
  {
    front: 'ingress-nginx: `GET /_dashgate/auth/nginx?front=ingress-nginx&app=NAME`',
    headers: [
      { name: 'X-Original-URL', meaning: 'Scheme, host, path and query of the request.' },
      { name: 'X-Original-Method', meaning: 'The method of the request.' },
    ],
  },
];

/** On 200: what the front hands on to the dashboard. Each always there, empty where there is nothing to say. */
export const ALLOWED: readonly HeaderEntry[] = [
  {
    name: 'X-Dashgate-User',
    meaning: 'The user name; empty for who is no user, as they only said a name or gave a shared password.',
  },
  { name: 'X-Dashgate-Name', meaning: 'The name to be shown; `… (not verified)` where nobody checked it.' },
  { name: 'X-Dashgate-Email', meaning: 'The e-mail address that the directory has.' },
  { name: 'X-Dashgate-Groups', meaning: 'Groups, parted by `,`.' },
  { name: 'X-Dashgate-Resources', meaning: 'Grants, parted by `,`.' },
  {
    name: 'X-Dashgate-Assertion',
    meaning: 'A signed JWT for this app, where it has `identity: [assertion]`; else empty.',
  },
  {
    name: 'X-Dashgate-Upstream-Authorization',
    meaning:
      'The whole `Authorization` header that the dashboard is to get, by `apps[].upstream_auth`, or with `identity: [bearer]` the token of the user’s provider; empty: none.',
  },
  {
    name: 'X-Dashgate-Upstream-Cookie',
    meaning:
      'The whole `Cookie` header that the dashboard is to get: the client’s without ours, and what an identity adapter adds.',
  },
];

/** On 401 and 403. */
export const REFUSED: readonly HeaderEntry[] = [
  {
    name: 'WWW-Authenticate',
    meaning:
      '401: `Basic` for programs and, in its own words, for TabPy, else a scheme that no browser asks a password for, which says what proof is wanted (RFC 9470) where one is too old or too weak.',
  },
  { name: 'X-Dashgate-Login', meaning: '401: where a person signs in, to come back to the page that was wanted.' },
  {
    name: 'X-Dashgate-Reason',
    meaning:
      '403: `resource-not-granted`, `path-not-named`, `section-not-granted`, `network-not-allowed`, `proof-too-weak`, `app-mismatch`, `cross-site`, `credentials-not-wanted`, `page-token-wrong` or `too-many-attempts`.',
  },
  {
    name: 'X-Dashgate-Status',
    meaning:
      '403: the status that this refusal has where 401 and 403 are not the only ones: 400, 406, 429, 500 or 503.',
  },
  {
    name: 'Retry-After',
    meaning: '403 with `X-Dashgate-Status: 429` or `503`: seconds until trying again makes sense.',
  },
];

/** What a dashboard gets from us in the proxy way. A client’s own copy never arrives, in whatever spelling. */
export const UPSTREAM: readonly HeaderEntry[] = [
  {
    name: 'X-Dashgate-User, -Name, -Email, -Groups, -Resources',
    meaning: 'As above, where the app has `identity: [headers]`; absent where empty.',
  },
  {
    name: 'X-Dashgate-Assertion',
    meaning: 'As above, where the app has `identity: [assertion]`.',
  },
  {
    name: 'apps[].identity_headers',
    meaning:
      'Each under its own name, absent where empty. The check answers them likewise, and there also where empty.',
  },
  {
    name: 'Authorization',
    meaning:
      'By `apps[].upstream_auth`: not the one that was checked, the client’s own, or a service credential; with `identity: [bearer]` the token of the user’s provider, or none.',
  },
  {
    name: 'Cookie',
    meaning: 'The client’s without ours, and behind the cookies of `identity: [signed-cookie, encrypted-cookie]`.',
  },
  { name: 'X-Forwarded-For', meaning: 'The client’s address, one entry.' },
  { name: 'X-Forwarded-Host, X-Forwarded-Proto', meaning: 'The app’s public host and scheme, from the configuration.' },
  { name: 'X-Forwarded-Prefix', meaning: 'The public prefix, where the upstream does not see it in the path.' },
  { name: 'X-Request-Id', meaning: 'The id that our log and our error pages have.' },
];
