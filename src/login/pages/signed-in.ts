import type { OwnPaths } from '../../lib/own-paths.ts';
import { html } from './html.ts';
import type { Layout } from './layout.ts';

/** In a window beside a dashboard that waits. It closes itself, where a browser lets it. */
export const signedIn = (own: OwnPaths, script: string): Layout => ({
  heading: 'You are signed in',
  main: html`<p>Close this window, and go on in the one that you came from.</p>
<p><a href="${own.login}">Your dashboards</a></p>
<script src="${script}"></script>`,
});
