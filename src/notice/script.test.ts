import { readFileSync } from 'node:fs';
import { Script } from 'node:vm';
import { expect, it } from 'vitest';
import { OWN } from '../../test/support/own-paths.ts';
import { createOwnPaths } from '../lib/own-paths.ts';
import { createNoticeScript, createScripts, hashOf, noticeTag } from './script.ts';

const SCRIPTS = createScripts(OWN);

it('the script of the notice is small, whole, and named by its content', () => {
  const { body, name } = SCRIPTS.notice;
  expect(body.length).toBeLessThan(6 * 1024);
  expect(() => new Script(String(body))).not.toThrow();
  for (const script of [SCRIPTS.acting, SCRIPTS.signedIn, SCRIPTS.signedOut])
    expect(() => new Script(String(script.body))).not.toThrow();
  expect(body).toMatch(/replaceSync\('dialog\{/);
  expect(name).toMatch(/^[0-9a-f]{16}\.js$/);
  expect(noticeTag(OWN)).toBe(
    `<script src="/_dashgate/assets/${name}" integrity="${hashOf(SCRIPTS.notice)}"></script>`,
  );
});

it.each(['notice', 'acting'] as const)('what is served says what the source says: %s', (name) => {
  const source = readFileSync(new URL(`page/${name}.js`, import.meta.url), 'utf8');
  const quoted = (text: string): string[] => text.match(/'[^'\n]*'/g) ?? [];
  const kept = quoted(source.replace(/^\s*(?:\/\/|\/\*).*$/gm, '')).filter((text) => text !== "'STYLE'");
  const served = quoted(String(SCRIPTS[name].body));
  expect(kept.filter((text) => !served.includes(text))).toEqual([]);
});

it('asks at the prefix that it is made for, and is another script for another', () => {
  const script = createNoticeScript(createOwnPaths('/gate'));
  expect(String(script.body)).toContain('}/gate`');
  expect(String(script.body)).not.toContain('_dashgate');
  expect(script.name).not.toBe(SCRIPTS.notice.name);
});
