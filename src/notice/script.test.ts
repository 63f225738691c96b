import { readFileSync } from 'node:fs';
import { Script } from 'node:vm';
import { expect, it } from 'vitest';
import { noticeHash, noticeScript, noticeTag, signedInScript, signedOutScript } from './script.ts';

it('the script of the notice is small, whole, and named by its content', () => {
  const { body, path } = noticeScript;
  expect(body.length).toBeLessThan(6 * 1024);
  expect(() => new Script(String(body))).not.toThrow();
  for (const script of [signedInScript, signedOutScript]) expect(() => new Script(String(script.body))).not.toThrow();
  expect(body).toMatch(/replaceSync\('dialog\{/);
  expect(path).toMatch(/^\/_dashgate\/assets\/[0-9a-f]{16}\.js$/);
  expect(noticeTag).toBe(`<script src="${path}" integrity="${noticeHash}"></script>`);
});

it('what is served says what the source says', () => {
  const source = readFileSync(new URL('page/notice.js', import.meta.url), 'utf8');
  const quoted = (text: string): string[] => text.match(/'[^'\n]*'/g) ?? [];
  const kept = quoted(source.replace(/^\s*(?:\/\/|\/\*).*$/gm, '')).filter((text) => text !== "'STYLE'");
  const served = quoted(String(noticeScript.body));
  expect(kept.filter((text) => !served.includes(text))).toEqual([]);
});
