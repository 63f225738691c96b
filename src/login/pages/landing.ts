import type { OwnPaths } from '../../lib/own-paths.ts';
import { html } from './html.ts';
import type { Layout } from './layout.ts';
import { type AppLink, appList, name, tokensLink } from './parts.ts';

export interface LandingView {
  readonly name: string;
  /** The apps that this person may open, in the order to be shown. */
  readonly apps: readonly AppLink[];
  /** Whether there is a page for access tokens. */
  readonly hasTokens?: boolean;
}

/** Where a person arrives who signed in without having wanted a page in particular. */
export function landing(own: OwnPaths, view: LandingView): Layout {
  return {
    heading: view.apps.length === 0 ? 'You are signed in' : 'Your dashboards',
    main: html`<p>You are signed in as ${name(view.name)}.</p>
${
  view.apps.length === 0
    ? html`<p>No dashboard has been opened to you yet. Ask the people who run this site for access.</p>`
    : appList(view.apps)
}
<form method="post" action="${own.logout}" class="actions">
<button class="button quiet" type="submit">Sign out</button>
<a class="button quiet" href="${own.sessions}">Your sessions</a>${view.hasTokens === true && tokensLink(own)}
</form>`,
  };
}
