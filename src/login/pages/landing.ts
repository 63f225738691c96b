import type { OwnPaths } from '../../lib/own-paths.ts';
import { type Html, html } from './html.ts';
import type { Layout } from './layout.ts';
import { type AppLink, appList, name, tokensLink } from './parts.ts';

export interface LandingView {
  readonly name: string;
  /** The apps that this person may open, in the order to be shown. */
  readonly apps: readonly AppLink[];
  /** Whether there is a page for access tokens. */
  readonly hasTokens?: boolean;
  /** Whether they may act as another user, or do already: then who does. */
  readonly acting?: 'may' | { readonly actor: string };
}

/** Where a person arrives who signed in without having wanted a page in particular. */
export function landing(own: OwnPaths, view: LandingView): Layout {
  const { acting } = view;
  const actor = typeof acting === 'object' ? acting.actor : null;
  return {
    heading: view.apps.length === 0 ? 'You are signed in' : 'Your dashboards',
    main: html`<p>${actor === null ? 'You are signed in as' : html`${name(actor)}, you act as`} ${name(view.name)}.</p>
${
  view.apps.length === 0
    ? html`<p>No dashboard has been opened to you yet. Ask the people who run this site for access.</p>`
    : appList(view.apps)
}
<form method="post" action="${own.logout}" class="actions">
<button class="button quiet" type="submit">Sign out</button>
${actor === null ? html`<a class="button quiet" href="${own.sessions}">Your sessions</a>` : impersonateLink(own, 'Stop acting')}${view.hasTokens === true && actor === null && tokensLink(own)}${acting === 'may' && impersonateLink(own, 'Act as another user')}
</form>`,
  };
}

const impersonateLink = (own: OwnPaths, label: string): Html => html`
<a class="button quiet" href="${own.impersonate}">${label}</a>`;
