import type { DenyReason } from '../../access/decide.ts';
import { href } from './href.ts';
import { type Html, html } from './html.ts';
import type { Layout } from './layout.ts';
import { type AppLink, appList, listed, name, reference } from './parts.ts';

export interface DeniedView {
  readonly reason: DenyReason;
  /** Who was refused: the user name, as grants are written with it. */
  readonly user: string;
  /** Names of the resources that were needed and are not granted. */
  readonly missing: readonly string[];
  /** What this person may see instead. */
  readonly apps: readonly AppLink[];
  /** The login page, with whatever return target the caller has checked. */
  readonly signInHref: string;
  /** Where who acts as another user stops that; absent: nobody does. */
  readonly stopHref?: string;
  readonly requestId: string;
  /** What another server calls its refusal. */
  readonly code?: string | undefined;
}

function explain({ reason, user, missing, code = '' }: DeniedView): Html {
  if (reason === 'cross-site') {
    return html`<p>Another site sent this request. Open the dashboard itself and do there what you wanted to do.</p>`;
  }
  if (reason === 'credentials-not-wanted') {
    return html`<p>This page is open to everyone, and takes no user name and password.</p>`;
  }
  if (reason === 'page-token-wrong') {
    return html`<p>This address brings a session of the dashboard along that was not begun here. Open the dashboard itself.</p>`;
  }
  if (reason === 'section-not-granted' && missing.length === 0) {
    return html`<p>This address is open only to those who may see all of this dashboard.</p>`;
  }
  if (reason === 'user-not-delegable') {
    return html`<p>What is behind this page is asked on behalf of each user, and cannot be told who ${name(user)} is.</p>
<p>Tell the people who run this site, with the request id below.</p>`;
  }
  if (reason === 'tableau-refused') {
    return html`<p>You are signed in, and dashgate let this through. Tableau does not let ${name(user)} in: it says ${code}.</p>
<p>Tell the people who run this site, with that number.</p>`;
  }
  if (reason === 'delegation-refused') {
    return html`<p>You are signed in, and dashgate let this through. The service behind this page was asked on behalf of ${name(user)}, and refused.</p>
<p>If you need it for your work, ask the people who run that service.</p>`;
  }
  if (reason === 'path-not-named') {
    return html`<p>No rule opens this address to ${name(user)}.</p>
<p>If you need it for your work, ask the people who run this site.</p>`;
  }
  if (reason === 'network-not-allowed') {
    return html`<p>This address cannot be opened from where you are. It may be open from the network of your organisation.</p>`;
  }
  if (reason === 'proof-too-weak') {
    return html`<p>This page asks for a stronger proof of who you are than the one by which you signed in. Signing in by the same way again will not help.</p>`;
  }
  if (reason === 'app-mismatch' || missing.length === 0) {
    return html`<p>This address does not belong to the dashboard that it was sent to. Tell the people who run this site.</p>`;
  }
  const [noun, verb] = missing.length === 1 ? ['resource', 'has'] : ['resources', 'have'];
  const resources = missing.map((resource) => html`<strong>${resource}</strong>`);
  return html`<p>This page needs the ${noun} ${listed(resources)}, which ${verb} not been granted to ${name(user)}.</p>
<p>If you need it for your work, ask the people who run this site.</p>`;
}

/** The 403 page: what is missing, and where to go instead. */
export function denied(view: DeniedView): Layout {
  return {
    heading: 'You may not see this page',
    main: html`${explain(view)}
${view.apps.length > 0 && html`<h2>What you may see</h2>\n${appList(view.apps)}\n`}<p class="actions">${
      view.stopHref === undefined
        ? html`<a class="button quiet" href="${href(view.signInHref)}">Sign in as someone else</a>`
        : html`<a class="button quiet" href="${href(view.stopHref)}">Stop acting as ${name(view.user)}</a>`
    }</p>
${reference(view.requestId)}`,
  };
}
