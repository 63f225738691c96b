import type { DashgateError } from '../../errors.ts';
import { href } from './href.ts';
import { html } from './html.ts';
import type { Layout } from './layout.ts';
import { reference, waiting } from './parts.ts';

export type FailureStatus = DashgateError['status'] | 405 | 406 | 429;

export interface FailureView {
  readonly status: FailureStatus;
  readonly requestId: string;
  /** Where the person may go on, if the caller knows of such a place. */
  readonly homeHref: string | null;
  readonly retryAfterSec?: number | undefined;
}

interface Words {
  readonly heading: string;
  readonly happened: string;
  readonly todo: string;
  /** Whether the same request may do better later; the page then says when, before what else to do. */
  readonly again: boolean;
}

const ASK = 'If it happens again, tell the people who run this site, with the request id below.';

const WORDS: Readonly<Record<FailureStatus, Words>> = {
  400: {
    heading: 'That request was not understood',
    happened:
      'The address or something else in the request is written in a way that can be read in more than one way, so it was refused.',
    todo: 'Check the address, or start again from a link that you know.',
    again: false,
  },
  404: {
    heading: 'There is nothing here',
    happened: 'No page is to be found at this address.',
    todo: 'Check the address, or start again from a link that you know.',
    again: false,
  },
  405: {
    heading: 'That does not work here',
    happened: 'This address does not take requests of that kind.',
    todo: 'Start again from a link that you know.',
    again: false,
  },
  406: {
    heading: 'That does not work here',
    happened: 'What was asked for cannot be answered in the way that was asked for.',
    todo: ASK,
    again: false,
  },
  413: {
    heading: 'That was too much',
    happened: 'More was sent than can be taken here.',
    todo: 'Send less at once.',
    again: false,
  },
  415: {
    heading: 'That form is not taken here',
    happened: 'What was sent is not of a kind that can be read here.',
    todo: ASK,
    again: false,
  },
  429: {
    heading: 'Too many attempts',
    happened: 'There were too many attempts in a short time.',
    todo: '',
    again: true,
  },
  500: {
    heading: 'Something went wrong',
    happened: 'The request could not be finished because of a fault on our side.',
    todo: ASK,
    again: true,
  },
  502: {
    heading: 'The dashboard cannot be reached',
    happened:
      'You are in the right place, but the dashboard behind this page does not answer. It may be starting, or it may have stopped.',
    todo: ASK,
    again: true,
  },
  503: {
    heading: 'Not possible at the moment',
    happened:
      'Something that is needed to check your access is down or too busy. To be safe, nobody is let in until it is back.',
    todo: ASK,
    again: true,
  },
  504: {
    heading: 'The dashboard took too long',
    happened: 'You are in the right place, but the dashboard behind this page did not answer in time.',
    todo: `A smaller selection may be quicker. ${ASK}`,
    again: true,
  },
};

/** A page for what went wrong. It holds nothing of the request: "Try again" is the empty address, which is the page itself. */
export function failure({ status, requestId, homeHref, retryAfterSec }: FailureView): Layout {
  const { heading, happened, todo, again } = WORDS[status];
  const moment = retryAfterSec === undefined ? 'a moment' : waiting(retryAfterSec);
  const advice = [again ? `Try again in ${moment}.` : '', todo].filter(Boolean).join(' ');
  const links = [
    again && html`<a class="button" href="">Try again</a>`,
    homeHref !== null && html`<a class="button quiet" href="${href(homeHref)}">Go to your dashboards</a>`,
  ].filter((link) => link !== false);
  return {
    heading,
    main: html`<p>${happened}</p>
<p>${advice}</p>
${links.length > 0 && html`<p class="actions">${links}</p>\n`}${reference(requestId)}
<p class="reference">Status <code>${status}</code></p>`,
  };
}
