import type { OwnPaths } from '../../lib/own-paths.ts';
import { href } from './href.ts';
import { type Html, html } from './html.ts';
import type { Layout } from './layout.ts';
import { LOGIN_FIELDS, linkButton, reference, START_FIELDS } from './parts.ts';
import { type ProviderMark, providerMark } from './provider-marks.ts';

/** A provider as the login page offers it. */
export interface ProviderLink {
  readonly id: string;
  readonly name: string;
  /** Absent: the first letter of its name. */
  readonly mark?: ProviderMark | undefined;
  /** It did not answer a moment ago. */
  readonly isDown: boolean;
}

const LETTER: ProviderMark = { kind: 'drawn', type: '' };

/** @param fresh - to prove it anew there, also for who is signed in there */
export function startHref(own: OwnPaths, id: string, returnTo: string | null, fresh = false): string {
  const query = new URLSearchParams({
    ...(returnTo !== null && { [LOGIN_FIELDS.returnTo]: href(returnTo) }),
    ...(fresh && { [START_FIELDS.prompt]: 'login', [START_FIELDS.maxAge]: '0' }),
  }).toString();
  return `${own.provider(id, 'start')}${query && `?${query}`}`;
}

/** A button for each, with its mark. */
export function providerButtons(
  own: OwnPaths,
  providers: readonly ProviderLink[],
  returnTo: string | null,
  fresh: boolean,
): Html {
  return html`<div class="providers">
${providers.map(
  ({ id, name, mark = LETTER, isDown }) =>
    html`<a class="button quiet wide provider" href="${href(startHref(own, id, returnTo, fresh))}"${isDown && html` aria-describedby="down-${id}"`}>${providerMark(own, mark, name)}<span>Sign in with <bdi>${name}</bdi></span></a>
${isDown && html`<p class="hint down" id="down-${id}"><bdi>${name}</bdi> did not answer a moment ago. It may be back by now.</p>\n`}`,
)}</div>`;
}

export interface ProviderProblemView {
  readonly id: string;
  readonly name: string;
  readonly problem:
    | 'lost'
    | 'said-no'
    | 'provider-error'
    | 'bad-answer'
    | 'not-allowed'
    | 'no-user-name'
    | 'no-proof'
    | 'unavailable';
  readonly returnTo: string | null;
  /** Whether there is anything else on the login page. */
  readonly hasOtherWays: boolean;
  readonly requestId: string;
}

interface Words {
  readonly heading: string;
  readonly said: (name: Html) => Html;
  readonly button: string;
  /** As somebody else, perhaps: who is signed in there is asked once more who they are. */
  readonly isFresh?: true;
}

const NOT_SIGNED_IN = 'You are not signed in';

const WORDS: Readonly<Record<ProviderProblemView['problem'], Words>> = {
  // Who only came back by the history of their browser may well be signed in.
  lost: {
    heading: 'This sign-in is over',
    said: () =>
      html`This sign-in was not begun in this browser, took longer than ten minutes, or is finished already. Nothing is wrong with your account.`,
    button: 'Sign in again',
  },
  'said-no': {
    heading: NOT_SIGNED_IN,
    said: (name) => html`${name} says that the sign-in was cancelled there.`,
    button: 'Try again',
  },
  'provider-error': {
    heading: NOT_SIGNED_IN,
    said: (name) =>
      html`${name} could not finish the sign-in. If that happens again, tell the people who run this site, with the request id below.`,
    button: 'Try again',
  },
  'bad-answer': {
    heading: NOT_SIGNED_IN,
    said: (name) => html`The answer that came from ${name} could not be verified, so it was not used.`,
    button: 'Try again',
  },
  'not-allowed': {
    heading: 'You may not enter here',
    said: (name) =>
      html`${name} knows you, but this site is not open to your account. If you need it for your work, ask the people who run this site.`,
    button: 'Use another account',
    isFresh: true,
  },
  'no-user-name': {
    heading: 'You may not enter here',
    said: (name) =>
      html`${name} knows you, but does not say what your user name is. Tell the people who run this site, with the request id below.`,
    button: 'Use another account',
    isFresh: true,
  },
  'no-proof': {
    heading: 'Nobody can say when you signed in',
    said: (name) =>
      html`This page asks you to prove who you are once more, and ${name} does not say when somebody did. Ask the people who run this site.`,
    button: 'Sign in again',
  },
  unavailable: {
    heading: 'Not possible at the moment',
    said: (name) => html`${name} does not answer. To be safe, nobody is signed in by it until it does.`,
    button: 'Try again',
  },
};

/** The same in plain words, for a page of somebody else's. */
export function problemWords(
  own: OwnPaths,
  { id, name, problem, returnTo }: Omit<ProviderProblemView, 'requestId' | 'hasOtherWays'>,
) {
  const { heading, said, isFresh = false } = WORDS[problem];
  return {
    heading,
    sentence: String(said(html`${NAME_HERE}`)).replace(NAME_HERE, () => name),
    retry: startHref(own, id, returnTo, isFresh),
  };
}

/** Nothing in it is escaped. */
const NAME_HERE = 'NAME-OF-THE-PROVIDER';

/** What became of a sign-in at a provider that came to nothing. */
export function providerProblem(own: OwnPaths, view: ProviderProblemView): Layout {
  const { heading, said, button, isFresh = false } = WORDS[view.problem];
  const { returnTo } = view;
  const query = returnTo === null ? '' : `?${new URLSearchParams({ [LOGIN_FIELDS.returnTo]: href(returnTo) })}`;
  return {
    heading,
    main: html`<p>${said(html`<bdi class="name">${view.name}</bdi>`)}</p>
<p class="actions">${linkButton(startHref(own, view.id, returnTo, isFresh), button)}${view.hasOtherWays && html`<a class="button quiet" href="${href(`${own.login}${query}`)}">Other ways to sign in</a>`}</p>
${reference(view.requestId)}`,
  };
}

export interface OnwardView {
  readonly what: 'signed-in' | 'signed-out';
  /** Checked by the caller, or a provider's own address. */
  readonly href: string;
}

/** Goes on by itself, as a way that begins here. */
export function onward({ what, href: address }: OnwardView): Layout {
  return {
    heading: what === 'signed-in' ? 'You are signed in' : 'You have signed out here',
    refresh: href(address),
    main: html`<p>${what === 'signed-in' ? 'One moment.' : 'One moment: you are being signed out where you had signed in, too.'}</p>
${linkButton(address, 'Continue')}`,
  };
}
