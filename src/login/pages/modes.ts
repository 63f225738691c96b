import type { Mode } from '../../config/schema/credentials.ts';
import type { OwnPaths } from '../../lib/own-paths.ts';
import { href } from './href.ts';
import { type Html, html } from './html.ts';
import { LOGIN_FIELDS } from './parts.ts';

/** The form of a way to sign in: just the fields that it looks at. */
interface Form {
  /** What it is called beside the others. */
  readonly name: string;
  /** Said above the form; where it is needed, also when there is no other way to confuse it with. */
  readonly hint: string | null;
  readonly needsHint: boolean;
  /** The label of the field for a user name; `null`: there is none. */
  readonly user: string | null;
  readonly autocomplete: 'username' | 'nickname';
  readonly longestUser: number;
  readonly password: boolean;
  readonly button: string;
  readonly incomplete: string;
  readonly wrong: string;
}

const USERS = {
  user: 'User name',
  autocomplete: 'username',
  longestUser: 256,
  password: true,
  needsHint: false,
  button: 'Sign in',
  incomplete: 'Enter your user name and your password.',
  wrong: 'User name or password is wrong.',
} as const;

export const FORMS: Readonly<Record<Mode, Form>> = {
  'auth-user-pass': { ...USERS, name: 'User name and password', hint: null },
  ldap: { ...USERS, name: 'Directory account', hint: 'Use the account that you have in your company’s directory.' },
  'auth-pass': {
    ...USERS,
    name: 'Shared password',
    user: null,
    hint: 'Enter the password that you were given for this site. Everyone who signs in this way has the same one.',
    needsHint: true,
    incomplete: 'Enter the password.',
    wrong: 'The password is wrong.',
  },
  'auth-user': {
    ...USERS,
    name: 'Name only',
    user: 'Your name',
    autocomplete: 'nickname',
    longestUser: 64,
    password: false,
    hint: 'Your name is not checked, so you see only what is open to everyone who gives one.',
    needsHint: true,
    button: 'Continue with this name',
    incomplete: 'Enter your name.',
  },
  'auth-none': {
    ...USERS,
    name: 'Continue without signing in',
    user: null,
    password: false,
    hint: 'You see only what is open to everyone.',
    needsHint: true,
    button: 'Continue without signing in',
  },
};

export const blankUserHint = 'Leave the user name empty if you were given a password without one.';

/** The other ways, as links to their forms; what has no form is done at once. */
export function otherWays(own: OwnPaths, offered: readonly Mode[], shown: Mode, returnTo: string | null): Html {
  const link = (mode: Mode): string => {
    const query = new URLSearchParams({
      [LOGIN_FIELDS.mode]: mode,
      ...(returnTo !== null && { [LOGIN_FIELDS.returnTo]: href(returnTo) }),
    });
    return `${own.login}?${query}`;
  };
  const way = (mode: Mode): Html =>
    mode === 'auth-none'
      ? html`<form method="post" action="${own.login}">
<input type="hidden" name="${LOGIN_FIELDS.mode}" value="${mode}">
${returnTo !== null && html`<input type="hidden" name="${LOGIN_FIELDS.returnTo}" value="${href(returnTo)}">\n`}<button type="submit">${FORMS[mode].name}</button>
</form>`
      : html`<a href="${href(link(mode))}">${FORMS[mode].name}</a>`;
  return html`
<nav aria-labelledby="ways">
<h2 id="ways">Other ways to sign in</h2>
<ul class="apps" role="list">
${offered.filter((mode) => mode !== shown).map((mode) => html`<li>${way(mode)}</li>\n`)}</ul>
</nav>`;
}
