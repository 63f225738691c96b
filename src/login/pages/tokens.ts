import type { OwnPaths } from '../../lib/own-paths.ts';
import { type Html, html } from './html.ts';
import type { Layout } from './layout.ts';
import { end, lasting, linkButton, name, TOKENS_FIELDS, time } from './parts.ts';

export interface ListedToken {
  readonly id: string;
  readonly name: string;
  /** What it may open at most, as grants; `null`: everything that its owner may. */
  readonly scope: readonly string[] | null;
  /** Seconds since the epoch; 0: not used yet. */
  readonly madeSec: number;
  readonly usedSec: number;
  readonly endsSec: number;
}

/** What a token can be limited to: a grant, and what people call it. */
export interface ScopeChoice {
  readonly grant: string;
  readonly label: string;
}

export type TokenProblem = 'no-name' | 'no-scope' | 'bad-scope' | 'bad-lifetime' | 'too-many';

export interface TokensView {
  readonly name: string;
  readonly tokens: readonly ListedToken[];
  readonly choices: readonly ScopeChoice[];
  /** In milliseconds, and the one to begin with. */
  readonly lifetimesMs: readonly number[];
  readonly lifetimeMs: number;
  /** How many one may have. */
  readonly most: number;
  readonly nowSec: number;
  readonly problem: TokenProblem | null;
  /** The one that was just made, and is never shown again. */
  readonly made: { readonly text: string; readonly name: string; readonly user: string } | null;
}

const PROBLEMS = {
  'no-name': 'Give the token a name: one line, at most 60 characters.',
  'no-scope': 'Tick what the token may open, or choose everything.',
  'bad-scope': 'A token can open no more than you can. Choose again.',
  'bad-lifetime': 'That is not how long a token can last. Choose again.',
  'too-many': 'You have as many tokens as you can have. Revoke one first.',
} satisfies Record<TokenProblem, string>;

/** The tokens that somebody made for their programs, and a form to make one; or the one that was just made, alone. */
export function tokens(own: OwnPaths, view: TokensView): Layout {
  const { name: who, tokens: list, nowSec, problem, made } = view;
  if (made) return madeNow(own, made);
  return {
    heading: 'Your access tokens',
    ...(problem && { titlePrefix: 'Problem: ' }),
    main: html`<p>You are signed in as ${name(who)}. With a token a program of yours opens what you may open, and never learns how you sign in.</p>
${
  list.length > 0 &&
  html`<h2>In use</h2>
<ul class="sessions" role="list">
${list.map((token) => html`${item(own, token, view.choices, nowSec)}\n`)}</ul>
`
}${list.length < view.most ? form(own, view) : html`<p class="hint spaced">You have ${list.length} tokens, which is as many as you can have. Revoke one to make another.</p>\n`}<div class="actions">
<a class="button quiet" href="${own.sessions}">Your sessions</a>
<a class="button quiet" href="${own.login}">Your dashboards</a>
</div>`,
  };
}

const madeNow = (own: OwnPaths, { text, name: called, user }: NonNullable<TokensView['made']>): Layout => ({
  heading: 'Your new token',
  main: html`<p class="notice" role="status">Copy the token now: it is not kept here, and cannot be shown again.</p>
<p>${name(called)}</p>
<p class="token"><code>${text}</code></p>
<p class="hint">A program sends it as <code>Authorization: Bearer …</code>, or, where it knows only a user name and a password, as the password of <bdi>${user}</bdi>. Whoever has it can open what it opens: keep it as you keep a password.</p>
<div class="actions">
${linkButton(own.tokens, 'I have copied it')}
</div>`,
});

const item = (
  own: OwnPaths,
  { id, name: called, scope, madeSec, usedSec, endsSec }: ListedToken,
  choices: readonly ScopeChoice[],
  nowSec: number,
): Html =>
  html`<li>
<div>
<p><strong><bdi>${called}</bdi></strong></p>
<p class="detail">${scope === null ? 'Everything that you may open' : scope.map((grant) => labelOf(grant, choices)).join(', ')}</p>
<p class="detail">${usedSec === 0 ? 'Not used yet' : html`Used ${time(usedSec, nowSec)}`} · made ${time(madeSec, nowSec)} · ends ${end(endsSec, nowSec)}</p>
<p class="detail"><code>${id}</code></p>
</div>
<form method="post" action="${own.tokens}">
<input type="hidden" name="${TOKENS_FIELDS.do}" value="revoke">
<input type="hidden" name="${TOKENS_FIELDS.id}" value="${id}">
<button class="button quiet" type="submit" aria-label="Revoke ${called}">Revoke</button>
</form>
</li>`;

const labelOf = (grant: string, choices: readonly ScopeChoice[]): string =>
  choices.find((choice) => choice.grant === grant)?.label ?? grant;

const form = (own: OwnPaths, { choices, lifetimesMs, lifetimeMs, problem }: TokensView): Html =>
  html`<h2>Make a token</h2>
${problem && html`<p class="problem" id="problem" role="alert">${PROBLEMS[problem]}</p>\n`}<form method="post" action="${own.tokens}">
<input type="hidden" name="${TOKENS_FIELDS.do}" value="make">
<div class="field">
<label for="name">What is it for?</label>
<input id="name" name="${TOKENS_FIELDS.name}" maxlength="60" autocomplete="off" required${problem && html` aria-describedby="problem"`}${problem === 'no-name' && html` aria-invalid="true"`}>
</div>
<div class="field">
<label for="lifetime">How long does it last?</label>
<select id="lifetime" name="${TOKENS_FIELDS.lifetime}">
${lifetimesMs.map((ms) => html`<option value="${`${ms / 1000}s`}"${ms === lifetimeMs && html` selected`}>${lasting(ms)}</option>\n`)}</select>
</div>
<fieldset>
<legend>What may it open?</legend>
<div class="check"><input type="radio" id="all" name="${TOKENS_FIELDS.reach}" value="all" checked><label for="all">Everything that I may open</label></div>
${
  choices.length > 0 &&
  html`<div class="check"><input type="radio" id="some" name="${TOKENS_FIELDS.reach}" value="some"><label for="some">Only what is ticked here</label></div>
<div class="nested">
${choices.map(({ grant, label }, i) => html`<div class="check"><input type="checkbox" id="${`resource-${i}`}" name="${TOKENS_FIELDS.resources}" value="${grant}"><label for="${`resource-${i}`}"><bdi>${label}</bdi></label></div>\n`)}</div>
`
}</fieldset>
<button class="button" type="submit">Make a token</button>
</form>
`;

/** For whoever is signed in and may have none. */
export const noTokens = (own: OwnPaths, who: string): Layout => ({
  heading: 'No tokens for you',
  main: html`<p>You are signed in as ${name(who)}, in a way by which nobody can have access tokens here.</p>
<div class="actions">
<a class="button quiet" href="${own.login}">Your dashboards</a>
</div>`,
});
