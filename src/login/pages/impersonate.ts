import type { OwnPaths } from '../../lib/own-paths.ts';
import { href } from './href.ts';
import { html } from './html.ts';
import type { Layout } from './layout.ts';
import { end, IMPERSONATE_FIELDS, name, waiting } from './parts.ts';

export type ImpersonateProblem = 'unknown' | 'protected' | 'unavailable';

export interface ImpersonateView {
  readonly name: string;
  readonly lifetimeSec: number;
  /** As it was typed. */
  readonly user: string;
  readonly problem: ImpersonateProblem | null;
}

/** Asks as whom somebody wants to act. */
export function impersonate(own: OwnPaths, view: ImpersonateView): Layout {
  const { problem } = view;
  return {
    heading: 'Act as another user',
    ...(problem && { titlePrefix: 'Problem: ' }),
    main: html`<p>You are signed in as ${name(view.name)}. For ${waiting(view.lifetimeSec)} you see dashboards as another user does, and what you change there is changed in their name. Every request is written down with both names.</p>
${problem && html`<p class="problem" id="problem" role="alert">${PROBLEMS[problem]}</p>\n`}<form method="post" action="${own.impersonate}">
<div class="field">
<label for="user">User name</label>
<input id="user" name="${IMPERSONATE_FIELDS.user}" value="${view.user}" maxlength="255" autocomplete="off" autocapitalize="none" spellcheck="false" required${problem && html` aria-describedby="problem" aria-invalid="true"`} autofocus>
</div>
<div class="actions">
<button class="button" type="submit">Act as this user</button>
<a class="button quiet" href="${own.login}">Back</a>
</div>
</form>`,
  };
}

const PROBLEMS = {
  unknown: 'No directory here has a user of this name.',
  protected: 'Nobody can act as this user here.',
  unavailable: 'Users cannot be looked up at the moment. Try again in a minute.',
} satisfies Record<ImpersonateProblem, string>;

export interface ActingView {
  /** Of who acts, and of whom they act as. */
  readonly actor: string;
  readonly name: string;
  /** In seconds since the epoch. */
  readonly endsSec: number;
  readonly nowSec: number;
  /** Where to go on, already checked by the caller; `null`: to the list of dashboards. */
  readonly returnTo: string | null;
}

/** Says as whom somebody acts, and ends it. */
export function acting(own: OwnPaths, { actor, name: who, endsSec, nowSec, returnTo }: ActingView): Layout {
  return {
    heading: 'Stop acting?',
    main: html`<p>${name(actor)}, you act as ${name(who)}. That ends ${end(endsSec, nowSec)} by itself, and you sign in again then.</p>
<form method="post" action="${own.impersonate}">
<input type="hidden" name="${IMPERSONATE_FIELDS.do}" value="stop">
${returnTo !== null && html`<input type="hidden" name="${IMPERSONATE_FIELDS.returnTo}" value="${returnTo}">\n`}<div class="actions">
<button class="button" type="submit">Stop, and be ${actor} again</button>
<a class="button quiet" href="${href(returnTo ?? own.login)}">Go on as ${who}</a>
</div>
</form>`,
  };
}

/** @param who - the name of who may not */
export const mayNotAct = (own: OwnPaths, who: string): Layout => ({
  heading: 'You cannot act as others',
  main: html`<p>You are signed in as ${name(who)}, who is in no group that may act as another user.</p>
<div class="actions">
<a class="button quiet" href="${own.login}">Your dashboards</a>
</div>`,
});
