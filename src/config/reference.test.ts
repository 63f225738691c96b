import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { helpLines } from './help.ts';
import { loadConfig } from './load.ts';
import { printJsonSchema, printPage } from './reference.ts';
import { printSample } from './sample.ts';
import { namedSettings, type Setting, settingsTree } from './settings.ts';

const flatten = (settings: readonly Setting[]): Setting[] =>
  settings.flatMap((setting) => [setting, ...flatten(setting.children)]);
const all = flatten(settingsTree);

async function load(text: string) {
  const folder = await mkdtemp(join(tmpdir(), 'dashgate-sample-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'dashgate.yaml'), text);
  return loadConfig({ env: {}, flags: {}, cwd: folder });
}

it('every key is described, in a sentence', () => {
  expect(all.filter(({ description }) => !/^\S.*[^.]\.$/s.test(description)).map(({ key }) => key)).toEqual([]);
});

it('every key is on the page, with its variable and its flag', () => {
  const page = printPage();
  for (const { key } of all) expect([`| \`${key}\` |`, `\n## ${key}\n`].some((text) => page.includes(text))).toBe(true);
  for (const { env, flag } of namedSettings) expect(page).toContain(`| \`${env}\` | \`--${flag}\` |`);
});

it('every flag is in the help, and no line is wider than asked', () => {
  const lines = helpLines(80);
  for (const { flag } of namedSettings) expect(lines.some((line) => line.startsWith(`  --${flag} <`))).toBe(true);
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
});

it('the sample loads as it is, and says nothing to worry about', async () => {
  const { config, warnings } = await load(printSample());
  expect(config.apps[0]?.name).toBe('sales');
  expect(warnings).toEqual([]);
});

it('the sample loads with every key switched on', async () => {
  const everything = printSample()
    .replaceAll(/^( *)#(?=\S)/gm, '$1')
    .replace('upstream: http:', 'upstream: https:')
    .replace('kind: web', 'kind: dash');
  const shown = all.filter(({ key, isInstead }) => !isInstead || key === 'directories[].ldap');
  for (const { path } of shown) expect(everything).toMatch(new RegExp(`^[ #-]*${path.at(-1)}:`, 'm'));
  const { config } = await load(everything);
  expect(config.server.tls).not.toBeNull();
  expect(config.apps[0]?.resources).toMatchObject([
    {
      resource: 'hr',
      paths: ['/hr', '/hr/**'],
      methods: ['POST', 'PUT', 'PATCH', 'DELETE'],
      require: { max_age: 900_000 },
    },
  ]);
});

it('the JSON schema has every key, and refuses others', () => {
  const schema = JSON.parse(printJsonSchema());
  expect(Object.keys(schema.properties)).toEqual(settingsTree.map(({ key }) => key));
  expect(schema.required).toEqual(['apps']);
  expect(schema.additionalProperties).toBe(false);
  expect(schema.properties.session.properties.lifetime).toMatchObject({ type: 'string', default: '8h' });
  expect(schema.properties.session.type).toEqual(['object', 'null']);
  const { anyOf, oneOf = anyOf } = schema.properties.providers.items;
  const plugin = oneOf.at(-1);
  expect(plugin.required).toEqual(['id', 'type', 'issuer', 'client_id']);
  const [long, short] = plugin.properties.type.anyOf;
  expect(long.const).toBe('plugin');
  for (const name of ['./x.js', '../x.js', '/x.js', 'dashgate-provider-x'])
    expect(name).toMatch(new RegExp(short.pattern));
  for (const name of ['oidc', 'x.js', 'dashgate-x']) expect(name).not.toMatch(new RegExp(short.pattern));
  expect(JSON.stringify(schema)).not.toMatch(/"(?:derived|instead|needed)"/);
});
