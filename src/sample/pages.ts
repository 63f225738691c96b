import { DEFAULT_PREFIX } from '../lib/own-paths.ts';

/** Who dashgate says is there: the two headers as they came, empty where it said nothing. */
export interface Visitor {
  readonly user: string;
  readonly resources: string;
}

interface Panel {
  readonly title: string;
  readonly kind: 'area' | 'bars' | 'table';
  readonly name: string;
  /** Columns of three, where there is room for three. */
  readonly width: 1 | 2 | 3;
}

interface Page {
  readonly path: string;
  readonly title: string;
  readonly lead: string;
  readonly api: string;
  readonly panels: readonly Panel[];
  readonly isLive?: true;
}

export const PAGES: readonly Page[] = [
  {
    path: '/',
    title: 'Overview',
    lead: 'How the year is going, for everybody who is signed in.',
    api: '/api/overview',
    isLive: true,
    panels: [
      { title: 'Revenue and plan', kind: 'area', name: 'revenue', width: 2 },
      { title: 'Sold by model', kind: 'bars', name: 'models', width: 1 },
      { title: 'Shops this month', kind: 'table', name: 'shops', width: 2 },
    ],
  },
  {
    path: '/marketing',
    title: 'Marketing',
    lead: 'Where interest comes from, and what it costs.',
    api: '/api/marketing',
    panels: [
      { title: 'Leads', kind: 'area', name: 'leads', width: 2 },
      { title: 'Leads by channel', kind: 'bars', name: 'channels', width: 1 },
      { title: 'Campaigns', kind: 'table', name: 'campaigns', width: 3 },
    ],
  },
  {
    path: '/hr',
    title: 'HR',
    lead: 'Who works here, and whom we look for.',
    api: '/api/hr',
    panels: [
      { title: 'People', kind: 'area', name: 'headcount', width: 2 },
      { title: 'People by department', kind: 'bars', name: 'departments', width: 1 },
      { title: 'Open positions', kind: 'table', name: 'positions', width: 3 },
    ],
  },
];

export const renderPage = (page: Page, visitor: Visitor): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${page.title} · Kestrel Cycles</title>
<link rel="icon" href="/static/mark.svg" type="image/svg+xml">
<link rel="stylesheet" href="/static/sample.css">
<script src="/static/charts.js" defer></script>
<script src="/static/sample.js" defer></script>
</head>
<body>
<a class="skip" href="#main">Skip to the figures</a>
<header class="bar">
<p class="brand"><img src="/static/mark.svg" alt="" width="28" height="28"> Kestrel Cycles</p>
<nav aria-label="Pages">${PAGES.map((each) => renderLink(each, each === page)).join('')}</nav>
${renderVisitor(visitor)}
</header>
<main id="main" data-api="${page.api}">
<div class="head"><div><h1>${page.title}</h1><p class="lead">${page.lead}</p></div>${page.isLive ? LIVE : ''}</div>
<p class="notice" role="status" hidden></p>
<section class="kpis" aria-label="Key figures"></section>
<div class="panels">${page.panels.map(renderPanel).join('')}${page.isLive ? FEED : ''}</div>
<noscript><p class="notice">The charts are drawn by a small script, which this browser does not run.</p></noscript>
</main>
<footer>A sample that ships with dashgate. It has no login of its own: who you are comes from the headers that dashgate sets.</footer>
</body>
</html>
`;

const LIVE = `<div class="live"><span class="dot" aria-hidden="true"></span><div><p class="live-value" data-live>–</p><p>orders an hour, live</p></div><svg class="spark" aria-hidden="true"></svg></div>`;

const FEED = `<section class="panel"><h2>Newest orders</h2><ol class="feed" data-feed aria-label="Newest orders"></ol></section>`;

const renderLink = ({ path, title }: Page, isHere: boolean): string =>
  `<a href="${path}"${isHere ? ' aria-current="page"' : ''}>${title}</a>`;

const renderPanel = ({ title, kind, name, width }: Panel): string =>
  `<section class="panel w${width}"><h2>${title}</h2><div class="plot" data-${kind}="${name}"></div></section>`;

function renderVisitor({ user, resources }: Visitor): string {
  if (user === '') return '<p class="visitor">Nobody is signed in: no dashgate in front</p>';
  const granted = resources === '' ? 'no resources' : escapeHtml(resources);
  return `<div class="visitor"><p>Signed in as <strong>${escapeHtml(user)}</strong> <span class="granted" title="Granted resources">${granted}</span></p><a class="logout" href="${DEFAULT_PREFIX}/logout">Log out</a></div>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
