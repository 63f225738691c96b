import * as z from 'zod';
import { cookieName, file, listOf, Refused, text } from './values.ts';

/** Its letters and digits are what it is told by, whatever a server makes of the rest. */
const toldCookieName = text('name', (given) =>
  cookieName.safeParse(given).success && /[A-Za-z0-9]/.test(given)
    ? given
    : new Refused('is not a cookie name; write at most 64 letters, digits, _ and -'),
);

/** How an app is told who is there: its keys of `apps[]`. */
export const appIdentity = {
  identity: listOf(z.enum(['headers', 'assertion', 'signed-cookie', 'encrypted-cookie']))
    .prefault(['headers'])
    .meta({
      description:
        'How the dashboard is told who is there; several may be combined, and `[]` is not at all. `headers`: `X-Dashgate-User` and its kin; `assertion`: a signed JWT for this app in `X-Dashgate-Assertion`, checked by the keys at `/_dashgate/jwks.json`; `signed-cookie` and `encrypted-cookie`: a JWT of 5 minutes with `user`, `exp` and `allowed_resources` in a cookie, which is made for the request and which no browser ever has.',
    }),
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
};

const read = z.strictObject(appIdentity);

export const settleAppIdentity = ({
  identity,
  signed_cookie,
  encrypted_cookie,
}: Pick<z.output<typeof read>, keyof typeof appIdentity>) => ({
  identity,
  signedCookie: signed_cookie
    ? { name: signed_cookie.name, secretFile: signed_cookie.secret_file, isLegacy: signed_cookie.legacy_secret }
    : null,
  encryptedCookie: encrypted_cookie ? { name: encrypted_cookie.name, secretFile: encrypted_cookie.secret_file } : null,
});
