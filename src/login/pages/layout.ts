import type { OwnPaths } from '../../lib/own-paths.ts';
import { mark, stylesheet } from './assets.ts';
import { type Html, html } from './html.ts';
import { PANEL_COLOURS } from './stylesheet.ts';

/** How the pages present themselves, by configuration. */
export interface Brand {
  readonly title: string;
  /** Name of an asset that stands in place of our own mark. */
  readonly logo: string | null;
  readonly footer: string | null;
}

export interface Layout {
  /** The heading, and the first part of the document's title. */
  readonly heading: string;
  /** Said before the heading in the document's title: screen readers read that first. */
  readonly titlePrefix?: string;
  /** How much an address that is followed from here learns of this one's; absent: only our own pages do. */
  readonly referrer?: 'no-referrer';
  readonly main: Html;
  /** Where the browser is to go by itself. */
  readonly refresh?: string;
}

/** @returns a whole document. It needs no script, and keeps to a policy of `default-src 'none'` plus its own style and images. */
export function layout(
  own: OwnPaths,
  brand: Brand,
  { heading, titlePrefix = '', referrer, refresh, main }: Layout,
): string {
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${titlePrefix}${heading} · ${brand.title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="theme-color" media="(prefers-color-scheme: light)" content="${PANEL_COLOURS.light}">
<meta name="theme-color" media="(prefers-color-scheme: dark)" content="${PANEL_COLOURS.dark}">
<meta name="referrer" content="${referrer ?? 'same-origin'}">
<meta name="robots" content="noindex, nofollow">
${refresh !== undefined && html`<meta http-equiv="refresh" content="${`0;url=${refresh}`}">\n`}<link rel="icon" type="image/svg+xml" href="${own.asset(mark.name)}">
<link rel="stylesheet" href="${own.asset(stylesheet.name)}">
</head>
<body>
<header class="panel">
<div class="brand">
${brand.logo === null ? html`<img class="mark" src="${own.asset(mark.name)}" alt="" width="48" height="48">` : html`<img class="logo" src="${own.asset(brand.logo)}" alt="">`}
<p class="brand-title"><bdi>${brand.title}</bdi></p>
</div>
</header>
<main>
<h1>${heading}</h1>
${main}
</main>
${brand.footer !== null && html`<footer><p>${brand.footer}</p></footer>`}
</body>
</html>
`;
  return page.toString();
}
