import { html } from './html.ts';
import type { Layout } from './layout.ts';
import { LOGIN_PATH } from './parts.ts';

/** In a window beside a dashboard that waits. It closes itself, where a browser lets it. */
export const signedIn = (script: string): Layout => ({
  heading: 'You are signed in',
  main: html`<p>Close this window, and go on in the one that you came from.</p>
<p><a href="${LOGIN_PATH}">Your dashboards</a></p>
<script src="${script}"></script>`,
});
