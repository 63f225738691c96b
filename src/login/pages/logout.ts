import type { OwnPaths } from '../../lib/own-paths.ts';
import { href } from './href.ts';
import { html } from './html.ts';
import type { Layout } from './layout.ts';
import { LOGOUT_FIELDS, linkButton, name } from './parts.ts';

export interface LogoutView {
  readonly name: string;
  /** Where to go for who does not want to sign out after all, already checked by the caller. */
  readonly continueTo: string;
  /** Whether there is a way to sign out on all devices. */
  readonly mayEverywhere: boolean;
  /** Whether somebody can have access tokens, which end with all sessions. */
  readonly hasTokens?: boolean;
}

/** Asks. Only the form signs out: a link or an image on another site cannot. */
export function logout(own: OwnPaths, view: LogoutView): Layout {
  return {
    heading: 'Sign out?',
    main: html`<p>You are signed in as ${name(view.name)}. Signing out ends this session in every window of this browser.</p>
<form method="post" action="${own.logout}" class="actions">
<button class="button" type="submit">Sign out</button>
<a class="button quiet" href="${href(view.continueTo)}">Stay signed in</a>
</form>${
      view.mayEverywhere &&
      html`
<h2>Other devices</h2>
<p>You may be signed in elsewhere too. <a href="${own.sessions}">See where</a>${view.hasTokens === true && ' To end all sessions ends your access tokens too.'}</p>
<form method="post" action="${own.logout}" class="actions">
<input type="hidden" name="${LOGOUT_FIELDS.everywhere}" value="on">
<button class="button quiet" type="submit">End all sessions</button>
</form>`
    }`,
  };
}

export interface SignedOutView {
  /** Whether the session may have been carried to other hosts. */
  readonly isEverywhere: boolean;
  /** Path of the script that tells other windows: nothing is lost where it does not run. */
  readonly script: string;
}

export function signedOut(own: OwnPaths, { isEverywhere, script }: SignedOutView): Layout {
  return {
    heading: 'You have signed out',
    main: html`<p>Your session has ended${isEverywhere && ', also at the other addresses of these dashboards that it was carried to'}. On a computer that others use too, close the browser as well: pages that were opened may still be shown.</p>
${linkButton(own.login, 'Sign in again')}
<script src="${script}"></script>`,
  };
}
