import { expect, it } from 'vitest';
import { initNginx } from '../cli/init.ts';
import { loadConfig } from '../config/load.ts';

const printed = async (apps: string): Promise<string> => {
  const flags = { 'server.public_url': 'http://dash.example.com', apps };
  const { config } = await loadConfig({ env: {}, flags, cwd: '/nowhere' });
  return initNginx(config);
};
const app = (kind: string, at: string): string =>
  `[{ name: app, at: ${at}, kind: ${kind}, upstream: "http://127.0.0.1:1" }]`;
/** The block of a location, up to its first closing brace. */
const blockOf = (text: string, location: string): string | undefined =>
  text.split(`location ${location} {`)[1]?.split('}', 1)[0];

it.each([
  ['/', '= /info'],
  ['/tabpy/', '= /tabpy/info'],
])('TabPy at %s: what nginx cannot change goes through dashgate itself, at %s', async (at, location) => {
  const block = blockOf(await printed(app('tabpy', at)), location);
  expect(block).toContain('proxy_pass http://dashgate_public;');
  expect(block).toContain('proxy_set_header X-Forwarded-For $remote_addr;');
  expect(blockOf(await printed(app('web', at)), location)).toBeUndefined();
});
