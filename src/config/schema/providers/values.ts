import { isLocal, readUrl } from '../address.ts';
import { Refused, text } from '../values.ts';

/** What `sub` begins with where it comes from elsewhere: a provider of this name could vouch for somebody else's users. */
const RESERVED = [
  'file',
  'htpasswd',
  'tabpy',
  'ldap',
  'basic',
  'anyone',
  'demo',
  'label',
  'token',
  'embed',
  'connected',
];

const ID = /^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/;

export const id = text(
  'name',
  (given) => {
    if (!ID.test(given)) return new Refused('is not a name; write 1 to 32 of a-z, 0-9 and -, as corp');
    return RESERVED.includes(given)
      ? new Refused('is a name that dashgate gives to users of its own; choose another, as corp')
      : given;
  },
  { pattern: ID.source },
);

/** Kept as it is written: the issuer in a token is compared with it to the letter. */
export const issuer = text(
  'URL',
  (given) => {
    const url = readUrl(given);
    if (url instanceof Refused) return url;
    // Behind it the library would believe whatever issuer the document names.
    if (url.pathname.includes('/.well-known/'))
      return new Refused('is where the provider describes itself; write only what stands before /.well-known/');
    return url.protocol === 'https:' || isLocal(url.host)
      ? given
      : new Refused('is plain http to another machine, so who signs in could be changed on the way; write https://');
  },
  { pattern: '^[Hh][Tt][Tt][Pp][Ss]?://' },
);

/** Where a server is, as `https://git.example.com`; a bare host is one too. Without a slash at its end. */
export const base = text('URL', (given) => {
  const url = readUrl(given.includes('://') ? given : `https://${given}`);
  if (url instanceof Refused) return url;
  return url.protocol === 'https:' || isLocal(url.host)
    ? url.href.replace(/\/+$/, '')
    : new Refused('is plain http to another machine, so who signs in could be changed on the way; write https://');
});

/** An address that the provider answers at. */
export const endpoint = text('URL', (given) => {
  const url = readUrl(given);
  if (url instanceof Refused) return url;
  return url.protocol === 'https:' || isLocal(url.host)
    ? url.href
    : new Refused('is plain http to another machine, so who signs in could be changed on the way; write https://');
});

const PLAIN_PATH = /^\/(?:[A-Za-z0-9._~-]+(?:\/[A-Za-z0-9._~-]+)*\/?)?$/;

/** Kept as it is written, as the provider compares it to the letter. */
export const redirectUri = text(
  'URL or path',
  (given) => {
    const advice = 'write a path of server.public_url, as /login, or all of it, as https://dash.example.com/login';
    const path = given.replace(/^https?:\/\/[^/?#\\]+/i, '') || '/';
    if (!PLAIN_PATH.test(path) || path.split('/').some((part) => part === '.' || part === '..'))
      return new Refused(`is not a plain address without a query; ${advice}`);
    if (given.startsWith('/')) return given;
    const url = readUrl(given);
    return url instanceof Refused ? url : given;
  },
  { pattern: '^(/|[Hh][Tt][Tt][Pp][Ss]?://)' },
);

export const secret = text('text', (given) =>
  given === '' || /[\p{Cc}]/u.test(given) ? new Refused('is not a secret; write it on one line') : given,
);

const SCOPES = /^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/;

/** Of OpenID Connect, which begins with `openid`. */
export const openidScope = text('scope', (given) =>
  SCOPES.test(given) && given.split(' ').includes('openid')
    ? given
    : new Refused('is not a list of scopes with openid among them; write it as openid email profile'),
);

/** Of plain OAuth 2.0; empty: none is sent. */
export const plainScope = text('scope', (given) =>
  given === '' || SCOPES.test(given) ? given : new Refused('is not a list of scopes; write it as read:user user:email'),
);

export const claim = text('claim', (given) =>
  given !== '' && given.length <= 200 && !/[\p{Cc}]/u.test(given)
    ? given
    : new Refused('is not the name of a claim; write it as the provider has it, as groups'),
);
