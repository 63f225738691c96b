import { href } from './href.ts';
import { html } from './html.ts';
import type { Layout } from './layout.ts';
import { LOGIN_PATH, LOGOUT_PATH, linkButton, name } from './parts.ts';

export interface LogoutView {
  readonly name: string;
  /** Where to go for who does not want to sign out after all, already checked by the caller. */
  readonly continueTo: string;
}

/** Asks. Only the form signs out: a link or an image on another site cannot. */
export function logout(view: LogoutView): Layout {
  return {
    heading: 'Sign out?',
    main: html`<p>You are signed in as ${name(view.name)}. Signing out ends this session in every window of this browser.</p>
<form method="post" action="${LOGOUT_PATH}" class="actions">
<button class="button" type="submit">Sign out</button>
<a class="button quiet" href="${href(view.continueTo)}">Stay signed in</a>
</form>`,
  };
}

export function signedOut(): Layout {
  return {
    heading: 'You have signed out',
    main: html`<p>Your session has ended. On a computer that others use too, close the browser as well: pages that were opened may still be shown.</p>
${linkButton(LOGIN_PATH, 'Sign in again')}`,
  };
}
