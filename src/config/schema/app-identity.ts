import * as z from 'zod';
import { readFernetKey } from '../../lib/fernet.ts';
import { identityHeaders } from './identity-headers.ts';
import { cookieName, file, listOf, Refused, text } from './values.ts';

/** Its letters and digits are what it is told by, whatever a server makes of the rest. */
const toldCookieName = text('name', (given) =>
  cookieName.safeParse(given).success && /[A-Za-z0-9]/.test(given)
    ? given
    : new Refused('is not a cookie name; write at most 64 letters, digits, _ and -'),
);

const cookieSecret = text('text', (given) =>
  given === '' || /[\p{Cc}]/u.test(given) ? new Refused('is not a secret; write it on one line') : given,
);

const fernetKey = text('key', (given) =>
  readFernetKey(given) ? given : new Refused('is not a Fernet key; make one by "dashgate oauth-secret"'),
);

/** How an app is told who is there: its keys of `apps[]`. */
export const appIdentity = {
  identity: listOf(
    z.enum(['headers', 'assertion', 'signed-cookie', 'encrypted-cookie', 'panel', 'basic', 'bearer', 'tableau']),
  )
    .prefault(['headers'])
    .meta({
      description:
        'How the dashboard is told who is there; several may be combined, and `[]` is not at all. `headers`: `X-Dashgate-User` and its kin; `assertion`: a signed JWT for this app, checked by the keys at `/_dashgate/jwks.json`; `signed-cookie` and `encrypted-cookie`: a JWT of 5 minutes with `user`, `exp` and `allowed_resources` in a cookie, which is made for the request and which no browser ever has; `panel`: the cookies `user`, `id_token` and `access_token` of Panel and Bokeh, made likewise, by which `pn.state.user`, `pn.state.user_info` and `pn.state.access_token` are filled; `basic`: `upstream_auth: fixed` where `upstream_credentials` are given, else `own`; `bearer`: the access token of the user’s provider as `Authorization: Bearer`; `tableau`: `X-Tableau-Auth` with an API token of `tableau_server`, for what is asked below `/api/`.',
    }),
  identity_headers: identityHeaders,
  assertion: z
    .strictObject({
      algorithm: z.enum(['EdDSA', 'ES256']).prefault('EdDSA').meta({
        description: '`EdDSA` is Ed25519; `ES256`, ECDSA on P-256, for dashboards that know no other.',
      }),
      sent_as: z.enum(['header', 'bearer']).prefault('header').meta({
        description:
          '`header`: in `X-Dashgate-Assertion`; `bearer`: as `Authorization: Bearer`, in place of whatever a client sends there.',
      }),
    })
    .prefault({})
    .meta({ description: 'The token of `identity: [assertion]`.' }),
  signed_cookie: z
    .strictObject({
      name: toldCookieName.meta({ description: 'What the dashboard calls it.', examples: ['dashboard_jwt'] }),
      secret_file: file.meta({
        description:
          'File with the secret that the dashboard has too and nothing else, mode 600: a text of at least 32 bytes. Read again when it changes.',
        examples: ['sales.secret'],
      }),
      legacy_secret: z.boolean().prefault(false).meta({
        title: '`true`, `false`',
        description:
          'Takes a secret of 30 or 31 bytes too, as the dashboards of 2019 have it. Many JWT libraries refuse such a short one.',
      }),
    })
    .optional()
    .meta({ description: 'The cookie of `identity: [signed-cookie]`: HS256.' }),
  encrypted_cookie: z
    .strictObject({
      name: toldCookieName.meta({ description: 'What the dashboard calls it.', examples: ['example_jwt'] }),
      secret_file: file.meta({
        description:
          'File with keys of 32 bytes, one base64url key a line, newest first, as `dashgate secret` makes it. The first one encrypts. Read again when it changes.',
        examples: ['sales.keys'],
      }),
    })
    .optional()
    .meta({ description: 'The cookie of `identity: [encrypted-cookie]`: a JWE, `dir` and `A256GCM`.' }),
  panel_cookies: z
    .strictObject({
      secret: cookieSecret.optional().meta({
        description: 'What the dashboard was given as `--cookie-secret` or `PANEL_COOKIE_SECRET`; better in a file.',
        examples: ['…'],
        instead: true,
      }),
      secret_file: file.optional().meta({
        description: 'File with that secret and nothing else, mode 600. Read again when it changes.',
        derived: '**required**, unless `secret` is given',
        examples: ['panel.secret'],
      }),
      encryption_key: fernetKey.optional().meta({
        description:
          'What the dashboard was given as `--oauth-encryption-key` or `PANEL_OAUTH_ENCRYPTION`, where it has a provider of its own too: without one it reads plain cookies only.',
        examples: ['…'],
        instead: true,
      }),
      encryption_key_file: file.optional().meta({
        description: 'File with that key and nothing else, mode 600. Read again when it changes.',
        examples: ['panel.key'],
      }),
    })
    .check(({ value, issues }) => {
      const refuse = (key: string, message: string): void => {
        issues.push({ code: 'custom', message, path: [key], input: null });
      };
      if (value.secret === undefined && value.secret_file === undefined) refuse('secret_file', 'is missing; add it');
      for (const key of ['secret', 'encryption_key'] as const)
        if (value[key] !== undefined && value[`${key}_file`] !== undefined)
          refuse(key, `is given beside ${key}_file; remove one of them`);
    })
    .optional()
    .meta({ description: 'The cookies of `identity: [panel]`, as Tornado signs them; see docs/panel.md.' }),
  page_tokens: z.enum(['whole', 'partial']).prefault('whole').meta({
    description:
      'Of a `panel` or `bokeh` app, whose pages hold a token with the headers and cookies that they were loaded by. A websocket is refused where that token tells the dashboard of somebody else. `partial`: what is missing in it is no reason, as the dashboard leaves some out (`--include-headers`, `--exclude-cookies` and their kin).',
  }),
};

const read = z.strictObject(appIdentity);

export const settleAppIdentity = ({
  identity,
  identity_headers,
  assertion,
  signed_cookie,
  encrypted_cookie,
  panel_cookies: panel,
  page_tokens,
}: Pick<z.output<typeof read>, keyof typeof appIdentity>) => ({
  identity,
  identityHeaders: identity_headers.flat(),
  assertion: { algorithm: assertion.algorithm, isBearer: assertion.sent_as === 'bearer' },
  pageTokens: page_tokens,
  signedCookie: signed_cookie
    ? { name: signed_cookie.name, secretFile: signed_cookie.secret_file, isLegacy: signed_cookie.legacy_secret }
    : null,
  encryptedCookie: encrypted_cookie ? { name: encrypted_cookie.name, secretFile: encrypted_cookie.secret_file } : null,
  panelCookies: panel
    ? {
        secret: secretOf(panel.secret_file, panel.secret),
        encryptionKey:
          panel.encryption_key === undefined && panel.encryption_key_file === undefined
            ? null
            : secretOf(panel.encryption_key_file, panel.encryption_key),
      }
    : null,
});

const secretOf = (name: string | undefined, given = '') =>
  name === undefined ? ({ kind: 'text', text: given } as const) : ({ kind: 'file', file: name } as const);
