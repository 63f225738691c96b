import type { OwnPaths } from '../lib/own-paths.ts';
import { hsts, type Origin } from './origin.ts';
import { render } from './template.ts';
import { Written } from './text.ts';

/** Of a page that nginx itself answers with. Plain text of ours, without `"`, `\`, `$` and markup. */
interface Page {
  readonly status: 404 | 502;
  readonly heading: string;
  readonly words: string;
  readonly link: { readonly href: string; readonly label: string };
}

const nowherePage = ({ login }: OwnPaths): Page => ({
  status: 404,
  heading: 'No dashboard is here',
  words: 'Check the address, or begin at the list of dashboards that you may open.',
  link: { href: login, label: 'Your dashboards' },
});

const UNANSWERED: Page = {
  status: 502,
  heading: 'The dashboard does not answer',
  words:
    'You are in the right place, but the dashboard behind this page is not there: it may be starting, or it may have stopped. Try again in a moment. If it stays so, tell the people who run this site, with the request id below.',
  link: { href: '', label: 'Try again' },
};

/** Nothing of the request but the id that nginx gave it; the colours are those of the login page. */
const STYLE = [
  ':root{color-scheme:light dark}',
  'body{max-width:34rem;margin:15vh auto;padding:0 1.5rem;font:1.0625rem/1.55 system-ui,sans-serif;color:#14201f;background:#f6f9f8}',
  'h1{font-size:1.6rem;line-height:1.25}',
  'a{color:#0e6061;font-weight:600}',
  '.small{color:#50605d;font-size:.875rem}',
  '@media (prefers-color-scheme:dark){body{color:#e5edea;background:#111918} a{color:#8fd9cb} .small{color:#a0b1ad} }',
].join('');

/** One parameter of `return`, which nginx reads up to 4 kB long. */
const document = ({ heading, words, link }: Page): Written =>
  new Written(
    `"<!doctype html><html lang='en'><head><meta charset='utf-8'><meta name='viewport' content='width=device-width'><title>${heading}</title><style>${STYLE}</style></head><body><main><h1>${heading}</h1><p>${words}</p><p><a href='${link.href}'>${link.label}</a></p><p class='small'>Request id $request_id</p></main></body></html>\\n"`,
  );

const page = (of: Page, origin: Origin): Written =>
  render('page', { status: of.status, page: document(of), hsts: hsts(origin) });

/** For paths of an origin where no app is. */
export const nowhere = (origin: Origin, own: OwnPaths): Written =>
  render('nowhere', { page: page(nowherePage(own), origin) });

/** For a dashboard that is down or silent; nginx keeps the status, 502 or 504, that led there. */
export const unanswered = (origin: Origin): Written => render('unanswered', { page: page(UNANSWERED, origin) });
