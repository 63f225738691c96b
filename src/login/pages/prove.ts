import type { OwnPaths } from '../../lib/own-paths.ts';
import { html } from './html.ts';
import type { Layout } from './layout.ts';
import {
  IMPERSONATE_FIELDS,
  LOGOUT_FIELDS,
  linkButton,
  name,
  SESSIONS_FIELDS,
  TOKENS_FIELDS,
  waiting,
} from './parts.ts';

export interface ProveView {
  /** What is to be done, once the password was right. */
  readonly what: 'end-others' | 'sign-out-everywhere' | 'see-tokens' | 'impersonate';
  readonly user: string;
  /** What people call them. */
  readonly name: string;
  readonly problem:
    | { readonly kind: 'wrong-password' | 'unavailable' }
    | { readonly kind: 'delayed'; readonly retryAfterSec: number }
    | null;
  /** Where to do so, for who has no password here. */
  readonly provider?: { readonly name: string; readonly startHref: string };
}

const TASKS = {
  'end-others': {
    action: 'sessions',
    field: SESSIONS_FIELDS.end,
    value: 'others',
    why: 'To end all your other sessions, enter your password again.',
    button: 'End all others',
    elsewhere: 'To end sessions on other devices',
    to: 'the list of your sessions',
    back: 'sessions',
  },
  'sign-out-everywhere': {
    action: 'logout',
    field: LOGOUT_FIELDS.everywhere,
    value: 'on',
    why: 'To end all your sessions, on every device, enter your password again.',
    button: 'End all sessions',
    elsewhere: 'To end sessions on other devices',
    to: 'the list of your sessions',
    back: 'sessions',
  },
  'see-tokens': {
    action: 'tokens',
    field: TOKENS_FIELDS.do,
    value: 'prove',
    why: 'To see or make access tokens, enter your password again.',
    button: 'Continue',
    elsewhere: 'To see or make access tokens',
    to: 'your tokens',
    back: 'login',
  },
  impersonate: {
    action: 'impersonate',
    field: IMPERSONATE_FIELDS.do,
    value: 'prove',
    why: 'To act as another user, enter your password again.',
    button: 'Continue',
    elsewhere: 'To act as another user',
    to: 'the page where you say as whom',
    back: 'login',
  },
} as const;

/** Asks for the password again, before something that only its user should do. */
export function prove(own: OwnPaths, { what, user, name: who, problem, provider }: ProveView): Layout {
  if (provider) return proveElsewhere(own, what, who, provider);
  const { action, field, value, why, button, back } = TASKS[what];
  const said = problem !== null && sayProblem(problem);
  const isWrong = problem?.kind === 'wrong-password';
  return {
    heading: 'Is it you?',
    ...(problem && { titlePrefix: 'Problem: ' }),
    main: html`<p>You are signed in as ${name(who)}. ${why}</p>
${said !== false && html`<p class="problem" id="problem" role="alert">${said}</p>\n`}<form method="post" action="${own[action]}">
<input type="hidden" name="${field}" value="${value}">
<input type="hidden" name="user" autocomplete="username" value="${user}">
<div class="field">
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" maxlength="1024" required${said !== false && html` aria-describedby="problem"`}${isWrong && html` aria-invalid="true"`} autofocus>
</div>
<div class="actions">
<button class="button" type="submit">${button}</button>
<a class="button quiet" href="${own[back]}">Back</a>
</div>
</form>`,
  };
}

const proveElsewhere = (
  own: OwnPaths,
  what: ProveView['what'],
  who: string,
  provider: NonNullable<ProveView['provider']>,
): Layout => ({
  heading: 'Is it you?',
  main: html`<p>You are signed in as ${name(who)}. ${TASKS[what].elsewhere}, sign in with <bdi>${provider.name}</bdi> once more; you come back to ${TASKS[what].to}.</p>
<div class="actions">
${linkButton(provider.startHref, 'Sign in again')}
<a class="button quiet" href="${own[TASKS[what].back]}">Back</a>
</div>`,
});

function sayProblem(problem: NonNullable<ProveView['problem']>): string {
  switch (problem.kind) {
    case 'wrong-password':
      return 'The password is wrong.';
    case 'delayed':
      return `Too many attempts. Try again in ${waiting(problem.retryAfterSec)}.`;
    case 'unavailable':
      return 'Your password cannot be checked at the moment. Try again in a minute.';
  }
}
