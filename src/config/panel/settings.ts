/** How a setting is given: by a word, by its mere name, or by several words. */
export type Form = 'text' | 'switch' | 'list';

/** A setting of `panel serve` that is followed here, under its names there. */
export interface PanelSetting {
  readonly key: string;
  readonly flag: string | null;
  /** The first that is set counts, as there. */
  readonly env: readonly string[];
  readonly form: Form;
  /** For the table of docs/panel.md: what it does here. */
  readonly does: string;
}

/** Everything of Panel's sign-in, in the order of the table. */
export const PANEL_SETTINGS = [
  {
    key: 'provider',
    flag: 'oauth-provider',
    env: ['PANEL_OAUTH_PROVIDER'],
    form: 'text',
    does: 'an entry of `providers` of that type; the `id` is the type, its `user_claim` that of Panel, and its `redirect_uri` the root of `server.public_url`',
  },
  {
    key: 'key',
    flag: 'oauth-key',
    env: ['PANEL_OAUTH_KEY'],
    form: 'text',
    does: '`client_id` of that entry',
  },
  {
    key: 'secret',
    flag: 'oauth-secret',
    env: ['PANEL_OAUTH_SECRET'],
    form: 'text',
    does: '`client_secret` of that entry',
  },
  {
    key: 'extraParams',
    flag: 'oauth-extra-params',
    env: ['PANEL_OAUTH_EXTRA_PARAMS'],
    form: 'text',
    does: 'a Python dict: `scope`, `tenant` (or `tenant_id`), `subdomain`, `url`, `server`, `AUTHORIZE_URL`, `TOKEN_URL`, `USER_URL`, `LOGOUT_URL` and `USER_KEY` are keys of that entry, all others its `authorize_params`',
  },
  {
    key: 'redirectUri',
    flag: 'oauth-redirect-uri',
    env: ['PANEL_OAUTH_REDIRECT_URI'],
    form: 'text',
    does: '`redirect_uri` of that entry',
  },
  {
    key: 'jwtUser',
    flag: 'oauth-jwt-user',
    env: ['PANEL_OAUTH_JWT_USER'],
    form: 'text',
    does: '`user_claim` of that entry',
  },
  {
    key: 'scope',
    flag: null,
    env: ['PANEL_OAUTH_SCOPE'],
    form: 'text',
    does: '`scope` of that entry, parted by commas; `scope` of the extra parameters comes before it',
  },
  {
    key: 'authorizeUrl',
    flag: null,
    env: ['PANEL_OAUTH_AUTHORIZE_URL'],
    form: 'text',
    does: '`authorize_url` of that entry, for `generic` and `auth_code`',
  },
  {
    key: 'tokenUrl',
    flag: null,
    env: ['PANEL_OAUTH_TOKEN_URL'],
    form: 'text',
    does: '`token_url`, likewise',
  },
  {
    key: 'userUrl',
    flag: null,
    env: ['PANEL_OAUTH_USER_URL'],
    form: 'text',
    does: '`user_url`, likewise',
  },
  {
    key: 'logoutUrl',
    flag: null,
    env: ['PANEL_OAUTH_LOGOUT_URL'],
    form: 'text',
    does: '`logout_url`, likewise',
  },
  {
    key: 'userKey',
    flag: null,
    env: ['PANEL_USER_KEY'],
    form: 'text',
    does: '`user_claim`, likewise',
  },
  {
    key: 'refreshTokens',
    flag: 'oauth-refresh-tokens',
    env: ['PANEL_OAUTH_REFRESH_TOKENS'],
    form: 'switch',
    does: 'nothing: where the provider gives a refresh token, it is always asked again, every `recheck`',
  },
  {
    key: 'cookieSecret',
    flag: 'cookie-secret',
    env: ['PANEL_COOKIE_SECRET', 'BOKEH_COOKIE_SECRET'],
    form: 'text',
    does: '`panel_cookies.secret` of the Panel app, and `identity: [headers, panel]` where it has none',
  },
  {
    key: 'encryptionKey',
    flag: 'oauth-encryption-key',
    env: ['PANEL_OAUTH_ENCRYPTION'],
    form: 'text',
    does: '`panel_cookies.encryption_key` of the Panel app',
  },
  {
    key: 'expiryDays',
    flag: 'oauth-expiry-days',
    env: ['PANEL_OAUTH_EXPIRY'],
    form: 'text',
    does: '`session.lifetime`',
  },
  {
    key: 'basicAuth',
    flag: 'basic-auth',
    env: ['PANEL_BASIC_AUTH'],
    form: 'text',
    does: 'an entry of `directories`: `plaintext: true` where it names a file that is there, else `anyone` with that password, as it stands (as variable Panel makes it lower case); what reads as the name of a file, and is none, stops the start',
  },
  {
    key: 'guestEndpoints',
    flag: 'oauth-guest-endpoints',
    env: ['PANEL_OAUTH_GUEST_ENDPOINTS'],
    form: 'list',
    does: '`guests` of the Panel app: these paths, their websockets, and `/static/**`, which Panel leaves open too; as variable a Python list',
  },
  {
    key: 'optional',
    flag: 'oauth-optional',
    env: ['PANEL_OAUTH_OPTIONAL'],
    form: 'switch',
    does: '`guests: ["/**"]` of the Panel app: who has not signed in is its `guest`',
  },
  {
    key: 'errorTemplate',
    flag: 'oauth-error-template',
    env: [],
    form: 'text',
    does: '`login.error_template`',
  },
  {
    key: 'loginEndpoint',
    flag: 'login-endpoint',
    env: [],
    form: 'text',
    does: '`login_path` of the Panel app; with a provider of Panel’s it is `/login` by itself',
  },
  {
    key: 'logoutEndpoint',
    flag: 'logout-endpoint',
    env: [],
    form: 'text',
    does: '`logout_path` of the Panel app; with a provider of Panel’s it is `/logout` by itself',
  },
] as const satisfies readonly PanelSetting[];

export type PanelKey = (typeof PANEL_SETTINGS)[number]['key'];

const OWN_PAGES = 'names a page that dashgate has itself; see login.title, login.logo_file and login.footer';

/** What of `panel serve` is not followed, and why: flags without dashes. */
export const NOT_FOLLOWED: ReadonlyMap<string, string> = new Map([
  ['auth-template', 'is for the page of who may not enter, which dashgate has itself; remove it'],
  ['logout-template', `${OWN_PAGES}; remove it`],
  ['basic-login-template', `${OWN_PAGES}; remove it`],
  [
    'cookie-path',
    'is not wanted: the cookies of Panel reach no browser, and that of dashgate is for the whole host; remove it',
  ],
  [
    'auth-module',
    'names Python code, which dashgate cannot run; write a provider of your own in JavaScript, as type: ./my-provider.js',
  ],
  ['enable-xsrf-cookies', 'is for the app; dashgate refuses cross-site requests by itself, so remove it here'],
]);

/** The same for variables; whatever else begins with PANEL_ is for the app. */
export const NOT_FOLLOWED_ENV: ReadonlyMap<string, string> = new Map([
  ['PANEL_COOKIE_PATH', NOT_FOLLOWED.get('cookie-path') ?? ''],
]);

/** Of `panel serve`, but nothing about signing in. */
export const OF_THE_APP: ReadonlySet<string> = new Set(
  (
    'address admin admin-endpoint admin-log-level allow-websocket-origin autoreload check-unused-sessions cookie-samesite dev ' +
    'disable-index disable-index-redirects exclude-cookies exclude-headers global-loading-spinner ico-path include-cookies ' +
    'include-headers index index-titles keep-alive liveness liveness-endpoint log-file log-format mem-log-frequency num-procs ' +
    'num-threads plugins port prefix profiler rest-endpoint rest-provider rest-session-info reuse-sessions root-path ' +
    'session-history session-ids session-token-expiration setup show ssl-certfile ssl-keyfile static-dirs stats-log-frequency ' +
    'unused-session-lifetime use-config use-xheaders warm websocket-compression-level websocket-compression-mem-level ' +
    'websocket-max-message-size'
  ).split(' '),
);

/** How a flag of Panel takes its value; `null`: it is none of Panel's that is followed. */
export const panelForm = (flag: string): Form | null => PANEL_SETTINGS.find((each) => each.flag === flag)?.form ?? null;
