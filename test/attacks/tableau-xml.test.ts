import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Gate, PASSWORDS } from '../support/gate.ts';
import { startTableauGate } from '../support/tableau.ts';

let gate: Gate;
beforeAll(async () => {
  gate = await startTableauGate();
});
afterAll(() => gate[Symbol.asyncDispose]());

const ask = (body: string, type = 'text/xml', more: Record<string, string> = {}) =>
  gate.ask('/api/3.27/auth/signin', { method: 'POST', headers: { 'Content-Type': type, ...more }, body });
const credentials = (attributes: string, inside = '<site contentUrl=""/>'): string =>
  `<tsRequest><credentials ${attributes}>${inside}</credentials></tsRequest>`;
const HANNA = `name="hanna" password="${PASSWORDS.hanna}"`;
const ENTITIES = Array.from({ length: 9 }, (_, n) => `<!ENTITY e${n + 1} "${`&e${n};`.repeat(10)}">`).join('');

it.each([
  ['a billion laughs', `<!DOCTYPE x [<!ENTITY e0 "ha">${ENTITIES}]>${credentials('name="&e9;" password="x"')}`],
  [
    'an entity from a file',
    `<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>${credentials('name="&f;" password="x"')}`,
  ],
  ['a document type from elsewhere', `<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd">${credentials(HANNA)}`],
  ['an entity that nobody declared', credentials('name="&hanna;" password="x"')],
  ['CDATA', credentials(HANNA, '<site contentUrl=""/><![CDATA[x]]>')],
  ['an instruction', `<?xml-stylesheet href="x"?>${credentials(HANNA)}`],
  ['an inclusion', credentials(HANNA, '<xi:include href="file:///etc/passwd"/>')],
  ['an attribute twice', credentials(`${HANNA} name="mica"`)],
  ['a site twice', credentials(HANNA, '<site contentUrl=""/><site contentUrl="people"/>')],
  ['an attribute that does not end', '<tsRequest><credentials name="hanna'],
  ['two roots', credentials(HANNA).repeat(2)],
  ['elements without end', '<a>'.repeat(4000)],
  ['many elements', credentials(HANNA, '<site contentUrl=""/>'.repeat(100))],
  ['another encoding', `<?xml version="1.0" encoding="UTF-16"?>${credentials(HANNA)}`],
  ['a character that is none', credentials('name="&#0;" password="x"')],
  ['half a character', credentials('name="&#xD800;" password="x"')],
  ['a root of another name', credentials(HANNA).replaceAll('tsRequest', 'tsResponse')],
  ['text in between', credentials(HANNA, 'text')],
  ['nothing', ''],
  ['JSON', '{"credentials":{}}'],
])('%s is refused', async (_what, body) => {
  const answer = await ask(body);
  expect(answer.status).toBe(400);
  expect(answer.body).toContain('code="400000"');
  expect(answer.body).not.toMatch(/root:|ha{2}/);
});

it.each([
  ['a body that is too long', `${credentials(HANNA)}${' '.repeat(20_000)}`, 'text/xml', {}, 413],
  ['a body in a coding', credentials(HANNA), 'text/xml', { 'Content-Encoding': 'gzip' }, 415],
  ['a form', 'name=hanna', 'application/x-www-form-urlencoded', {}, 415],
  ['JSON as deep as it may be long', `${'['.repeat(8000)}${']'.repeat(8000)}`, 'application/json', {}, 400],
  [
    'JSON with a prototype',
    '{"__proto__":{"credentials":{"name":"hanna","password":"x"}}}',
    'application/json',
    {},
    400,
  ],
])('%s is refused', async (_what, body, type, headers, status) => {
  expect((await ask(body, type, headers)).status).toBe(status);
});

it('what is written by references is what it says, and is answered without being read as more', async () => {
  const written = [...PASSWORDS.hanna].map((char) => `&#${char.charCodeAt(0)};`).join('');
  expect((await ask(credentials(`name="&#x68;anna" password="${written}"`))).status).toBe(200);
  const quoted = await ask(credentials('name="&quot;&gt;&lt;x a=&quot;" password="x"'));
  expect([quoted.status, quoted.body.includes('<x a')]).toEqual([401, false]);
});

it('a comment, a declaration and other prefixes of attributes change nothing', async () => {
  const body = `<?xml version='1.0' encoding='utf-8'?>\n<!-- x -->\n<tsRequest xmlns:xsi="x" xsi:schemaLocation="x">\n <credentials ${HANNA} >\n <site contentUrl='' />\n</credentials>\n</tsRequest>\n`;
  expect((await ask(body, 'application/xml; charset=utf-8')).status).toBe(200);
});

it('no password and no token of a body is in the log', () => {
  for (const secret of [PASSWORDS.hanna, 'billion']) expect(gate.logText()).not.toContain(secret);
});
