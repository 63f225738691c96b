import { gzipSync } from 'node:zlib';
import { callback, post, type Sent, slot } from '../support/dash-sections/send.ts';
import type { User } from '../support/gate.ts';

/** One way to come by what is somebody else's. */
export interface Trick {
  readonly name: string;
  readonly sent: Sent;
  /** mike, who may see marketing and not hr, where nobody else is named. */
  readonly user?: User;
  /** What the app itself does with it, with nothing in front. */
  readonly bare: 'leaks' | 'harmless';
}

const leak = (name: string, sent: Sent, user?: User): Trick => ({ name, sent, bare: 'leaks', ...(user && { user }) });
/** Does nothing to this app; others may be less lucky. */
const harmless = (name: string, sent: Sent): Trick => ({ name, sent, bare: 'harmless' });

const note = (name: string, more: Record<string, unknown> = {}) =>
  callback(`${name}-note.children`, [slot(`${name}-roll`, 'n_clicks', 1)], more);
const HR = note('hr');
const json = JSON.stringify(HR);
const asJson = (text: string | Buffer, type = 'application/json'): Sent =>
  post(text, { headers: { 'Content-Type': type } });
const utf16 = (text: string): Buffer => Buffer.from(text, 'utf16le');
const utf32 = (text: string): Buffer =>
  Buffer.concat([...text].map((each) => Buffer.from([each.charCodeAt(0), 0, 0, 0])));
const swapped = (bytes: Buffer): Buffer => Buffer.from(bytes).swap16();

const card = (section: string, clicked = section) =>
  callback('{"section":["MATCH"],"type":"card"}.children', [slot({ section: clicked, type: 'btn' }, 'n_clicks', 1)], {
    outputs: { id: { section, type: 'card' }, property: 'children' },
  });
const btn = (section: string, value: unknown = 1) => slot({ section, type: 'btn' }, 'n_clicks', value);
const picked = (sections: string[], more: Record<string, unknown> = {}) =>
  callback('picked.children', [sections.map((section) => btn(section))], more);
const changed = (section: string) => ({
  changedPropIds: [`{"section":"${section}","type":"btn"}.n_clicks`],
  parsedChangedPropsIds: [{ section, type: 'btn' }],
});
const byId = (ids: readonly unknown[], section = 'marketing') =>
  callback('by-id.children', [slot('any', 'n_clicks', 1)], {
    state: [ids.map((id) => slot({ section, type: 'btn' }, 'id', id))],
  });
const tab = (value?: unknown) => callback('tab-content.children', [slot('tabs', 'value', value)]);
const search = (value: unknown, kept: unknown = {}) =>
  callback('found.children', [slot('search', 'value', value)], { state: [slot('kept', 'data', kept)] });
const goTo = (pathname: unknown, href = 'http://x/', query = '') =>
  callback('page.children', [slot('url', 'pathname', pathname)], {
    state: [slot('url', 'href', href), slot('url', 'search', query)],
  });
const draw = (name: string, more: Record<string, unknown> = {}) =>
  callback(`..${name}-plot.figure...${name}-total.children..`, [slot(`${name}-channel`, 'value', 'all')], {
    state: [slot(`${name}-store`, 'data', null)],
    ...more,
  });
const match = (name: string) =>
  callback(
    `{"index":["MATCH"],"type":"${name}-out"}.children`,
    [slot({ index: 2, type: `${name}-btn` }, 'n_clicks', 1)],
    {
      outputs: { id: { index: 2, type: `${name}-out` }, property: 'children' },
    },
  );
const nested = (depth: number): unknown => JSON.parse('['.repeat(depth) + ']'.repeat(depth));

/** Bodies that say something else than what they do. @param hashOf - of the output that a callback of an input is named by */
export const callbackTricks = (hashOf: (input: string) => string): Trick[] => [
  leak('asks for it', post(HR)),
  leak('asks for it, as hanna asks for marketing', post(note('marketing')), 'hanna'),
  leak('asks for it, as nora, who has nothing', post(HR), 'nora'),
  leak('asks for it, in chunks', post(HR, { headers: { 'Transfer-Encoding': 'chunked' } })),
  harmless('names another in outputs', post({ ...HR, outputs: slot('marketing-note', 'children') })),
  harmless('names another in output', post({ ...HR, output: 'marketing-note.children' })),
  harmless('leaves outputs out', post({ ...HR, outputs: undefined })),
  harmless('gives no outputs', post({ ...HR, outputs: [] })),
  leak('renames the input to one of its own', post({ ...HR, inputs: [slot('marketing-roll', 'n_clicks', 1)] })),
  leak('renames the input to a shared one', post({ ...HR, inputs: [slot('any', 'n_clicks', 1)] })),
  leak('names no change', post({ ...HR, changedPropIds: [], parsedChangedPropsIds: [] })),
  leak('names a change of its own', post({ ...HR, changedPropIds: ['marketing-roll.n_clicks'] })),
  leak('asks for several outputs', post(draw('hr'))),
  leak('renames the state', post(draw('hr', { state: [slot('marketing-store', 'data', {})] }))),
  leak(
    'renames input and state',
    post(draw('hr', { inputs: [slot('search', 'value', 'all')], state: [slot('kept', 'data', {})] })),
  ),
  harmless('leaves the state out', post(draw('hr', { state: undefined }))),
  harmless('swaps the outputs', post({ ...draw('hr'), output: '..hr-total.children...hr-plot.figure..' })),
  leak('adds a key that is not known', post({ ...HR, batch: [HR] })),
  leak(
    'calls a callback without an output, by its hash',
    post({
      output: hashOf('hr-side'),
      inputs: [slot('hr-side', 'n_clicks', 1)],
      state: [slot('hr-store', 'data', {})],
      changedPropIds: ['hr-side.n_clicks'],
    }),
  ),
  leak(
    'calls a callback without an output, with inputs of its own',
    post({
      output: hashOf('hr-side'),
      inputs: [slot('marketing-side', 'n_clicks', 1)],
      state: [slot('marketing-store', 'data', {})],
      changedPropIds: [],
    }),
  ),
  leak(
    'calls a callback without an output, with empty outputs',
    post({
      output: hashOf('hr-side'),
      outputs: [],
      inputs: [slot('hr-side', 'n_clicks', 1)],
      state: [slot('hr-store', 'data', {})],
      changedPropIds: ['hr-side.n_clicks'],
    }),
  ),
  leak(
    'calls a duplicate output',
    post(callback(`hr-note.children@${hashOf('hr-append').split('@')[1]}`, [slot('hr-append', 'n_clicks', 1)])),
  ),
  leak('appends to its list, by a patch', post(callback('hr-list.children', [slot('hr-append', 'n_clicks', 1)]))),
  leak(
    'lets a shared callback set properties of any id',
    post(callback('any-result.children', [slot('any', 'n_clicks', 1)])),
  ),
  leak(
    'lets a shared callback patch it into a shared list',
    post(callback('list.children', [slot('any', 'n_clicks', 1)])),
  ),
  leak('calls a MATCH of it', post(match('hr'))),
  leak('calls a MATCH of everybody’s for it', post(card('hr'))),
  leak('calls a MATCH of everybody’s for it, clicked on its own', post(card('hr', 'marketing'))),
  harmless('calls a MATCH of everybody’s for its own, clicked on it', post(card('marketing', 'hr'))),
  harmless(
    'writes a dict id as a string',
    post({ ...card('hr'), outputs: { id: '{"section":"hr","type":"card"}', property: 'children' } }),
  ),
  harmless('writes a dict id in capitals', post(card('HR'))),
  harmless(
    'gives a dict id a further key',
    post({
      ...card('marketing'),
      outputs: { id: { section: 'marketing', type: 'card', also: 'hr' }, property: 'children' },
    }),
  ),
  leak('clicks on it, among ALL', post(picked(['hr']))),
  leak('clicks on both, among ALL', post(picked(['hr', 'marketing']))),
  leak('says that it changed, and sends only its own', post(picked(['marketing'], changed('hr')))),
  leak('says that it changed, and sends nothing', post(callback('picked.children', [[]], changed('hr')))),
  leak(
    'says that it changed, in one of two ways',
    post(picked(['marketing'], { changedPropIds: changed('hr').changedPropIds })),
  ),
  harmless(
    'says that it changed, in the other way',
    post(picked(['marketing'], { parsedChangedPropsIds: changed('hr').parsedChangedPropsIds })),
  ),
  leak(
    'says that it changed, keys in another order',
    post(picked(['marketing'], { changedPropIds: ['{"type":"btn","section":"hr"}.n_clicks'] })),
  ),
  leak(
    'says that it changed, with blanks',
    post(picked(['marketing'], { changedPropIds: ['{"section" : "hr", "type":"btn"}.n_clicks'] })),
  ),
  leak(
    'says that it changed, escaped',
    post(picked(['marketing'], { changedPropIds: ['{"section":"\\u0068r","type":"btn"}.n_clicks'] })),
  ),
  leak(
    'says that it changed, after its own',
    post(
      picked(['marketing'], {
        changedPropIds: [...changed('hr').changedPropIds, ...changed('marketing').changedPropIds],
      }),
    ),
  ),
  leak('gives its id as a state', post(byId([{ section: 'hr', type: 'btn' }]))),
  leak('gives its id as a state, honestly', post(byId([{ section: 'hr', type: 'btn' }], 'hr'))),
  leak('gives its id as a state, beside its own', post(byId([{ section: 'marketing' }, { section: 'hr' }]))),
  leak('asks for the tab by its place', post(tab('tab-1'))),
  leak('asks for the tab by its name', post(tab('hr'))),
  leak('asks for the default tab', post(tab(null))),
  leak('asks for no tab', post(tab())),
  leak('searches for it', post(search('hr'))),
  leak('searches for it in capitals', post(search('HR'))),
  leak('searches for it behind a blank', post(search(' hr'))),
  leak('searches for it before a no-break space', post(search('hr\u00a0'))),
  leak('searches for it behind what only Python strips', post(search('\u001chr'))),
  leak('searches for something of it', post(search('hr-people'))),
  leak('searches for it in a list', post(search(['hr']))),
  leak('searches for it in a dict', post(search({ section: 'hr' }))),
  leak('searches for it in capitals and small letters', post(search('hR'))),
  leak('searches for it behind a line end', post(search('\nhr\t'))),
  leak('searches for it before twenty thousand letters', post(search(`hr-${'x'.repeat(20_000)}`))),
  leak('searches for it behind twenty thousand blanks', post(search(`${' '.repeat(20_000)}hr`))),
  leak('searches for it between blanks of all kinds', post(search('\u2003\u00a0\u2028hr\u3000\u0085'))),
  leak('searches for it in the first of a list', post(search(['hr-x', 'marketing']))),
  leak('searches for it in a dict, long', post(search({ section: `hr-${'x'.repeat(20_000)}` }))),
  leak('keeps its name in a shared store, among much else', post(search('', { section: 'hr', a: 'x'.repeat(20_000) }))),
  harmless('searches for it in full, with a soft hyphen', post(search('h\u00adr'))),
  harmless('searches for twenty thousand hyphens', post(search('-'.repeat(20_000)))),
  harmless('searches for it in lists of lists', post(search([['hr']]))),
  harmless('searches for it in wide letters', post(search('ｈｒ'))),
  harmless('searches for it between zero-width characters', post(search('h\u200br'))),
  leak('keeps its name in a shared store', post(search('', { section: 'hr' }))),
  leak(
    'keeps its name in a shared store, escaped',
    asJson(JSON.stringify(search('', { section: 'hr' })).replace('"hr"', '"\\u0068r"')),
  ),
  harmless('keeps its name as a key', post(search('', { hr: 1 }))),
  leak('goes to its path', post(goTo('/hr'))),
  leak('goes to its path with a slash at the end', post(goTo('/hr/'))),
  leak('goes to its path with two slashes, a host to URL parsers', post(goTo('//hr'))),
  leak('goes to its path behind a blank', post(goTo(' /hr'))),
  leak('goes to its path in capitals', post(goTo('/HR'))),
  leak('goes to its path without a slash', post(goTo('hr'))),
  leak('goes to its path before a line end', post(goTo('/hr\n'))),
  harmless('goes to its path, encoded', post(goTo('/%68r'))),
  harmless('goes to its path, encoded twice', post(goTo('/%2568r'))),
  harmless('goes to its path with a backslash', post(goTo('\\hr'))),
  harmless('goes to its path through a dot', post(goTo('/./hr'))),
  leak('goes to its path behind twenty thousand slashes', post(goTo(`${'/'.repeat(20_000)}hr`))),
  leak('goes to its path before twenty thousand slashes', post(goTo(`/hr${'/'.repeat(20_000)}`))),
  leak('goes to its path behind blanks of all kinds', post(goTo('\u2003\u001f/hr'))),
  leak('gives its address with twenty thousand slashes', post(goTo('/', `http://x/hr${'/'.repeat(20_000)}`))),
  leak('names it in the query, behind much else', post(goTo('/', 'http://x/', `?q=${'x'.repeat(20_000)}&section=hr`))),
  leak('names it in the query, without a name', post(goTo('/', 'http://x/', '?=hr'))),
  leak('gives its address', post(goTo('/', 'http://x/hr'))),
  leak('gives its address with a slash at the end', post(goTo('/', 'http://x/hr/'))),
  leak('names it in the query', post(goTo('/', 'http://x/', '?section=hr'))),
  harmless('brings it to fail', post(callback('broken.children', [slot('search', 'n_submit', 1)]))),
];

/** Bodies that two programs read in two ways. */
export const bodyTricks = (): Trick[] => [
  leak('writes output twice', asJson(`{"output":"marketing-note.children",${json.slice(1)}`)),
  leak('writes output twice, once escaped', asJson(`{"\\u006futput":"marketing-note.children",${json.slice(1)}`)),
  leak(
    'writes a key of an id twice',
    asJson(JSON.stringify(card('hr')).replace('"section":"hr"', '"section":"marketing","section":"hr"')),
  ),
  leak('writes the output with an escape', asJson(json.replace('"hr-note.children"', '"\\u0068r-note.children"'))),
  leak('begins with a byte order mark', asJson(`\uFEFF${json}`)),
  leak('writes UTF-16, little end first', asJson(utf16(json))),
  leak('writes UTF-16, big end first', asJson(swapped(utf16(json)))),
  leak('writes UTF-16 with its mark', asJson(Buffer.concat([Buffer.from([0xff, 0xfe]), utf16(json)]))),
  leak('writes UTF-32', asJson(utf32(json))),
  leak('says that it is UTF-16, and it is', asJson(utf16(json), 'application/json; charset=utf-16')),
  leak('sends another JSON type', asJson(json, 'application/vnd.api+json')),
  leak('sends its type in capitals', asJson(json, 'APPLICATION/JSON')),
  leak('sends its type with a parameter', asJson(json, 'application/json; profile=x')),
  harmless('sends plain text', asJson(json, 'text/plain')),
  harmless('sends a form', asJson(json, 'application/x-www-form-urlencoded')),
  harmless('sends no type', { ...post(json), headers: {} }),
  harmless('compresses it', post(gzipSync(json), { headers: { 'Content-Encoding': 'gzip' } })),
  leak('says that it is compressed, and it is not', post(json, { headers: { 'Content-Encoding': 'gzip' } })),
  harmless('sends several at once', asJson(`[${json}]`)),
  harmless('sends JSON in a string', asJson(JSON.stringify(json))),
  harmless('sends nothing', asJson('')),
  harmless('sends what is no JSON behind it', asJson(`${json}{}`)),
  leak('sends NaN', asJson(json.replace('"value":1', '"value":NaN'))),
  leak('sends Infinity', asJson(json.replace('"value":1', '"value":-Infinity'))),
  leak(
    'sends a prototype',
    asJson(json.replace('{"output"', '{"__proto__":{"output":"marketing-note.children"},"output"')),
  ),
  leak('sends half a character', asJson(json.replace('"value":1', '"value":"\\ud800"'))),
  leak('sends many lists in each other', post({ ...HR, inputs: [slot('hr-roll', 'n_clicks', nested(400))] })),
  leak('sends blanks before and behind', asJson(` \r\n\t${json}\n `)),
  leak('overrides the method', post(HR, { headers: { 'X-HTTP-Method-Override': 'GET' } })),
  leak(
    'says that it may see all',
    post(HR, { headers: { 'X-Dashgate-Resources': '_all_', 'X-Dashgate-User': 'mica' } }),
  ),
  leak(
    'waits to be asked for it',
    post(HR, { headers: { Expect: '100-continue', 'Content-Length': String(json.length) } }),
  ),
  harmless('puts it', { ...post(HR), method: 'PUT' }),
  harmless('gets it', { path: '/_dash-update-component?output=hr-note.children' }),
];

const range = (value: string): Sent => ({ path: '/_dash-layout', headers: { Range: value } });

/** Ways to the app that are not the one way. */
export const pathTricks = (): Trick[] => [
  leak('reads the layout', { path: '/_dash-layout' }),
  leak('reads the layout, as hanna reads marketing’s', { path: '/_dash-layout' }, 'hanna'),
  leak('reads the layout, as nora', { path: '/_dash-layout' }, 'nora'),
  leak('reads the layout with a query', { path: '/_dash-layout?_=1' }),
  leak('encodes the underscore', { path: '/%5Fdash-layout' }),
  leak('encodes a letter', { path: '/_dash-l%61yout' }),
  leak('encodes it in small letters', { path: '/%5fdash-layout' }),
  leak('writes two slashes', { path: '//_dash-layout' }),
  leak('writes a whole address', { path: 'http://evil/_dash-layout' }),
  harmless('writes a dot segment', { path: '/./_dash-layout' }),
  harmless('goes up again', { path: '/x/../_dash-layout' }),
  harmless('writes a parameter', { path: '/_dash-layout;x' }),
  harmless('writes a slash at the end', { path: '/_dash-layout/' }),
  harmless('writes it in capitals', { path: '/_DASH-LAYOUT' }),
  harmless('writes a blank at the end', { path: '/_dash-layout%20' }),
  harmless('looks for it below another path', { path: '/x/_dash-layout' }),
  harmless('asks for the head only', { path: '/_dash-layout', method: 'HEAD' }),
  harmless('asks for the options', { path: '/_dash-layout', method: 'OPTIONS' }),
  leak('asks for a part', range('bytes=0-100000')),
  leak('asks for the last part', range('bytes=-4000')),
  leak('asks whether it has changed', { path: '/_dash-layout', headers: { 'If-None-Match': '"x"' } }),
  leak('asks for it compressed', { path: '/_dash-layout', headers: { 'Accept-Encoding': 'gzip, br' } }),
  leak('asks for a page', {
    path: '/_dash-layout',
    headers: { Accept: 'text/html', 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'document' },
  }),
  leak('names another path in a header', {
    path: '/_dash-layout',
    headers: { 'X-Original-URI': '/assets/x.css', 'X-Rewrite-URL': '/assets/x.css' },
  }),
  leak('names a prefix in a header', {
    path: '/_dash-layout',
    headers: { 'X-Script-Name': '/_dash-layout', 'X-Forwarded-Prefix': '/x' },
  }),
  leak('lets Connection name headers away', {
    path: '/_dash-layout',
    headers: { Connection: 'close, X-Dashgate-User, Cookie' },
  }),
  leak('encodes the hyphen of a callback', post(HR, { path: '/_dash-update%2Dcomponent' })),
  leak('writes two slashes before a callback', post(HR, { path: '//_dash-update-component' })),
  leak('writes a whole address for a callback', post(HR, { path: 'http://evil/_dash-update-component' })),
  harmless('writes a slash behind a callback', post(HR, { path: '/_dash-update-component/' })),
  leak('sends a callback with a query', post(HR, { path: '/_dash-update-component?x=1' })),
  leak('sends a callback with an endId', post(HR, { path: '/_dash-update-component?endId=x' })),
  leak('reads a file of its path', { path: '/hr/export.csv' }),
  leak('reads a file of its path, encoded', { path: '/%68r/export.csv' }),
  harmless('reads a file of its path in capitals', { path: '/HR/export.csv' }),
  harmless('reads a file of its path behind a dot', { path: '/hr./export.csv' }),
  leak('posts to a route of the app’s own', {
    path: '/api/total',
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: '{}',
  }),
  leak('brings a route of the app’s own to fail', { path: '/boom' }),
  harmless('asks the debugger', { path: '/?__debugger__=yes&cmd=resource&f=style.css' }),
  harmless('asks the debugger, encoded', { path: '/?__%64ebugger__=yes&cmd=printpin' }),
  harmless('opens the console', { path: '/console' }),
  harmless('asks for tools', post('{"jsonrpc":"2.0","id":1,"method":"tools/list"}', { path: '/_mcp' })),
  harmless('opens a websocket', {
    path: '/_dash-ws-callback',
    headers: {
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==',
    },
  }),
];

const toPage = (pathname: unknown, query: unknown = '') =>
  callback('.._pages_content.children..._pages_store.data..', [
    slot('_pages_location', 'pathname', pathname),
    slot('_pages_location', 'search', query),
  ]);

/** The same for an app with pages. */
export const pageTricks = (): Trick[] => [
  leak('reads every page’s layout in the page', { path: '/' }),
  leak('reads every page’s layout in another page', { path: '/marketing' }),
  leak('reads every page’s layout in a page that is not there', { path: '/nowhere' }),
  leak('opens the page', { path: '/hr' }),
  leak('opens the page with a slash at the end', { path: '/hr/' }),
  leak('opens the page with two slashes', { path: '//hr' }),
  leak('opens the page, encoded', { path: '/%68r' }),
  leak('opens the page in capitals', { path: '/HR' }),
  leak('opens the page with a query', { path: '/hr?x=1' }),
  leak('opens a page that the route map names', { path: '/person/ada' }),
  leak('opens a page by the name of a file', { path: '/x/_favicon.ico' }),
  leak('opens a page by the name of what reloads it', { path: '/x/_reload-hash' }),
  leak('opens a page by the name of a folder of scripts', { path: '/x/_dash-component-suites/y.js' }),
  leak('opens a page by the name of a folder of scripts, of its path', { path: '/hr/_dash-component-suites/y' }),
  harmless('asks for the head of a page by the name of a file', { path: '/x/_favicon.ico', method: 'HEAD' }),
  leak('opens a page by the name of a file, in part', { path: '/x/_favicon.ico', headers: { Range: 'bytes=0-99999' } }),
  leak('opens a page of another path', { path: '/people' }),
  leak('turns to the page', post(toPage('/hr'))),
  leak('turns to the page with a slash at the end', post(toPage('/hr/'))),
  leak('turns to the page with two slashes', post(toPage('//hr'))),
  harmless('turns to the page without a slash', post(toPage('hr'))),
  harmless('turns to the page behind a blank', post(toPage(' /hr'))),
  harmless('turns to the page, encoded', post(toPage('/%68r'))),
  harmless('turns to the page in capitals', post(toPage('/HR'))),
  harmless('turns to the page in a list', post(toPage(['/hr']))),
  leak('turns to a page of another path', post(toPage('/people'))),
  leak('turns to a page that the route map names', post(toPage('/person/ada'))),
  leak('turns to a page that the route map names, with two slashes', post(toPage('//person/ada/'))),
  leak('turns to the page with a query', post(toPage('/hr', '?x=1'))),
  leak('turns to marketing, as hanna', post(toPage('/marketing')), 'hanna'),
  leak('turns to marketing, as nora', post(toPage('/marketing')), 'nora'),
  leak('turns to a shared page of it, by the query', post(toPage('/report', '?of=hr'))),
  leak('turns to a shared page of it, by the query, encoded', post(toPage('/report', '?of=%68r'))),
  leak('turns to a shared page of it, by the query, with a plus', post(toPage('/report', '?of=+hr'))),
  leak('turns to a shared page of it, by the query, behind another', post(toPage('/report', '?a=1&of=hr'))),
  leak(
    'turns to a shared page of it, by the query, behind much else',
    post(toPage('/report', `?a=${'x'.repeat(20_000)}&of=%68%72`)),
  ),
  harmless('turns to a shared page of it, by the query, encoded twice', post(toPage('/report', '?of=%2568r'))),
  leak('types into it', post(callback('hr-echo.children', [slot('hr-text', 'value', 'x')]))),
];
