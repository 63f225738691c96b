import { href } from './href.ts';
import { type Html, type HtmlValue, html } from './html.ts';
import type { Layout } from './layout.ts';
import { LOGIN_PATH, linkButton, name, waiting } from './parts.ts';

export type LoginProblem =
  /** Unknown user or wrong password: the page does not know which, and does not say. */
  | { readonly kind: 'wrong-credentials' }
  | { readonly kind: 'incomplete' }
  /** The form came from elsewhere, or was sent in a form that is not taken. */
  | { readonly kind: 'form-refused' }
  | { readonly kind: 'locked-out'; readonly retryAfterSec: number }
  /** A directory or the session store is down. */
  | { readonly kind: 'unavailable' };

export interface LoginView {
  /** Where to go after signing in, already checked by the caller; `null`: nowhere in particular. */
  readonly returnTo: string | null;
  readonly problem: LoginProblem | null;
  readonly notice: 'session-ended' | 'signed-out' | null;
  /** The user name to begin with, where this browser has signed in before. */
  readonly user?: string;
  /** The session that is there already, and where it may continue to. */
  readonly signedIn: { readonly name: string; readonly continueTo: string } | null;
}

/** Names of the form's fields, as the route reads them. */
export const LOGIN_FIELDS = { user: 'user', password: 'password', returnTo: 'return_to' } as const;

const NOTICES = {
  'session-ended': 'Your session has ended. Sign in again.',
  'signed-out': 'You have signed out.',
} as const;

function sayProblem(problem: LoginProblem): string {
  switch (problem.kind) {
    case 'wrong-credentials':
      return 'User name or password is wrong.';
    case 'incomplete':
      return 'Enter your user name and your password.';
    case 'form-refused':
      return 'The form could not be accepted. Enter your user name and password here once more.';
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

export function login(view: LoginView): Layout {
  const { problem, notice, signedIn, returnTo } = view;
  const user = view.user ?? '';
  const said = problem ? 'problem' : notice ? 'notice' : null;
  const atFault = problem?.kind === 'wrong-credentials' || problem?.kind === 'incomplete';
  // Beside a session the way on comes first, and focus must not jump over it; after a mistake the form does.
  const focused = signedIn !== null && problem === null ? null : user === '' ? 'user' : 'password';
  const state = (field: 'user' | 'password'): HtmlValue => [
    said !== null && (atFault || field === focused) && html` aria-describedby="${said}"`,
    atFault && html` aria-invalid="true"`,
    field === focused && html` autofocus`,
  ];
  const main = html`${notice !== null && problem === null && html`<p class="notice" id="notice" role="status">${NOTICES[notice]}</p>\n`}${signedIn !== null && sessionCard(signedIn)}${problem !== null && html`<p class="problem" id="problem" role="alert">${sayProblem(problem)}</p>\n`}<form method="post" action="${LOGIN_PATH}"${signedIn !== null && html` aria-labelledby="again"`}>
${returnTo !== null && html`<input type="hidden" name="${LOGIN_FIELDS.returnTo}" value="${href(returnTo)}">\n`}<div class="field">
<label for="user">User name</label>
<input id="user" name="${LOGIN_FIELDS.user}" type="text" autocomplete="username" autocapitalize="none" autocorrect="off" spellcheck="false" maxlength="256" required${user !== '' && html` value="${user}"`}${state('user')}>
</div>
<div class="field">
<label for="password">Password</label>
<input id="password" name="${LOGIN_FIELDS.password}" type="password" autocomplete="current-password" maxlength="1024" required${state('password')}>
</div>
<button class="button" type="submit">Sign in</button>
</form>`;
  return { heading: 'Sign in', ...(problem && { titlePrefix: 'Problem: ' }), main };
}
