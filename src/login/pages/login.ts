import type { Mode } from '../../config/schema/credentials.ts';
import type { OwnPaths } from '../../lib/own-paths.ts';
import { href } from './href.ts';
import { type Html, type HtmlValue, html } from './html.ts';
import type { Layout } from './layout.ts';
import { blankUserHint, FORMS, otherWays } from './modes.ts';
import { LOGIN_FIELDS, lasting, linkButton, name, waiting } from './parts.ts';
import { type ProviderLink, providerButtons } from './provider.ts';

export type LoginProblem =
  /** Unknown user or wrong password: the page does not know which, and does not say. */
  | { readonly kind: 'wrong-credentials' }
  | { readonly kind: 'incomplete' }
  /** What was typed can be nobody's name. */
  | { readonly kind: 'bad-name' }
  /** Something was sent that this way of signing in does not look at. */
  | { readonly kind: 'not-wanted' }
  /** A way of signing in that is not, or no longer, offered. */
  | { readonly kind: 'not-offered' }
  /** The form came from elsewhere, or was sent in a form that is not taken. */
  | { readonly kind: 'form-refused' }
  | { readonly kind: 'locked-out'; readonly retryAfterSec: number }
  /** A directory or the session store is down. */
  | { readonly kind: 'unavailable' };

export interface LoginView {
  /** Where to go after signing in, already checked by the caller; `null`: nowhere in particular. */
  readonly returnTo: string | null;
  readonly problem: LoginProblem | null;
  readonly notice: keyof typeof NOTICES | null;
  /** The user name to begin with, where this browser has signed in before. */
  readonly user?: string;
  /** The way to sign in whose form is shown, and all that are offered. */
  readonly mode?: Mode;
  readonly offered?: readonly Mode[];
  /** Whether the user name may be left blank. */
  readonly allowsBlankUser?: boolean;
  /** For how long who signs in may ask to stay so, in milliseconds; `null`: that is not offered. */
  readonly rememberMs?: number | null;
  /** Who else may vouch for people, in the order to be shown. */
  readonly providers?: readonly ProviderLink[];
  /** Whether the providers are to ask for the proof anew. */
  readonly isFresh?: boolean;
  /** Whether there is a form beside them. */
  readonly showsForm?: boolean;
  /** The session that is there already, and where it may continue to. */
  readonly signedIn: { readonly name: string; readonly continueTo: string } | null;
}

export { LOGIN_FIELDS } from './parts.ts';

const NOTICES = {
  'session-ended': 'Your session has ended. Sign in again.',
  'signed-out': 'You have signed out.',
  'prove-again': 'The page that you want to open asks you to prove once more who you are. Sign in again.',
  'no-cookie':
    'If you have just signed in, your browser keeps no cookies for this site. Allow them, and sign in once more.',
  'cookie-twice':
    'Your browser sent more than one session cookie, so none was believed, and they were removed. If this comes back after you have signed in, delete the cookies of this site and of the domain above it in your browser’s settings.',
} as const;

function sayProblem(problem: LoginProblem, mode: Mode): string {
  switch (problem.kind) {
    case 'wrong-credentials':
      return FORMS[mode].wrong;
    case 'incomplete':
      return FORMS[mode].incomplete;
    case 'bad-name':
      return 'This cannot be a name. Write up to 64 characters, without a colon, and without a space at either end.';
    case 'not-wanted':
    case 'form-refused':
      return 'The form could not be accepted. Fill it in here once more.';
    case 'not-offered':
      return 'This way of signing in is not offered. Use another.';
    case 'locked-out':
      return `Too many attempts. Try again in ${waiting(problem.retryAfterSec)}.`;
    case 'unavailable':
      return 'Signing in is not possible at the moment. Your password was not checked. Try again in a minute.';
  }
}

const sessionCard = ({ name: who, continueTo }: NonNullable<LoginView['signedIn']>): Html =>
  html`<section class="card" aria-label="Your session">
<p>You are signed in as ${name(who)}.</p>
${linkButton(continueTo, 'Continue')}
</section>
<h2 id="again">Sign in again</h2>
<p class="hint">Signing in again ends the session that you have now.</p>
`;

const AT_FAULT: readonly LoginProblem['kind'][] = ['wrong-credentials', 'incomplete', 'bad-name'];

export function login(own: OwnPaths, view: LoginView): Layout {
  const {
    problem,
    notice,
    signedIn,
    returnTo,
    mode = 'auth-user-pass',
    offered = [mode],
    allowsBlankUser = false,
    rememberMs = null,
    providers = [],
    isFresh = false,
    showsForm = true,
  } = view;
  const user = view.user ?? '';
  const form = FORMS[mode];
  const mayBeBlank = allowsBlankUser && mode === 'auth-user-pass';
  const said = problem ? 'problem' : notice ? 'notice' : null;
  const atFault = problem !== null && AT_FAULT.includes(problem.kind);
  // Beside a session the way on comes first, and focus must not jump over it; after a mistake the form does.
  const isFocused = signedIn === null || problem !== null;
  const first = form.password && (user !== '' || form.user === null) ? 'password' : 'user';
  const state = (field: 'user' | 'password'): HtmlValue => {
    const hasFocus = isFocused && field === first;
    return [
      said !== null && (atFault || hasFocus) && html` aria-describedby="${said}"`,
      atFault && html` aria-invalid="true"`,
      hasFocus && html` autofocus`,
    ];
  };
  const hint = mayBeBlank ? blankUserHint : offered.length > 1 || form.needsHint ? form.hint : null;
  const ways = html`${hint !== null && html`<p class="hint">${hint}</p>\n`}<form method="post" action="${own.login}"${signedIn !== null && html` aria-labelledby="again"`}>
${offered.length > 1 && html`<input type="hidden" name="${LOGIN_FIELDS.mode}" value="${mode}">\n`}${returnTo !== null && html`<input type="hidden" name="${LOGIN_FIELDS.returnTo}" value="${href(returnTo)}">\n`}${
  form.user !== null &&
  html`<div class="field">
<label for="user">${form.user}</label>
<input id="user" name="${LOGIN_FIELDS.user}" type="text" autocomplete="${form.autocomplete}" autocapitalize="none" autocorrect="off" spellcheck="false" maxlength="${form.longestUser}"${!mayBeBlank && html` required`}${user !== '' && html` value="${user}"`}${state('user')}>
</div>
`
}${
  form.password &&
  html`<div class="field">
<label for="password">Password</label>
<input id="password" name="${LOGIN_FIELDS.password}" type="password" autocomplete="current-password" maxlength="1024" required${state('password')}>
</div>
`
}${
  form.password &&
  rememberMs !== null &&
  html`<div class="check">
<input id="remember" name="${LOGIN_FIELDS.remember}" type="checkbox" value="on">
<label for="remember">Keep me signed in on this browser for ${lasting(rememberMs)}</label>
</div>
`
}<button class="button wide" type="submit">${form.button}</button>
</form>${offered.length > 1 && otherWays(own, offered, mode, returnTo)}`;
  const beside =
    providers.length > 0 &&
    html`${providerButtons(own, providers, returnTo, isFresh)}\n${showsForm && html`<p class="or"><span>or</span></p>\n`}`;
  const main = html`${notice !== null && problem === null && html`<p class="notice" id="notice" role="status">${NOTICES[notice]}</p>\n`}${signedIn !== null && sessionCard(signedIn)}${problem !== null && html`<p class="problem" id="problem" role="alert">${sayProblem(problem, mode)}</p>\n`}${beside}${showsForm && ways}`;
  return { heading: 'Sign in', ...(problem && { titlePrefix: 'Problem: ' }), main };
}
