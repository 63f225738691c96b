import fc from 'fast-check';
import { expect, it } from 'vitest';
import { escapeHtml, html } from './html.ts';

/** What a browser would read the text back as. */
const readBack = (text: string): string =>
  text.replace(/&(amp|lt|gt|quot|#39);/g, (_whole, entity: string) => {
    return { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" }[entity] ?? '';
  });

const nasty = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(
      fc.constantFrom(
        '<',
        '>',
        '"',
        "'",
        '&',
        '`',
        '=',
        '/',
        '-',
        '!',
        'script',
        'onload',
        '&lt;',
        '\0',
        '\n',
        '\ud800',
      ),
    )
    .map((all) => all.join('')),
);

it('escapes what would be markup, in text and in quoted attributes', () => {
  expect(html`<p title="${`"><img src=x onerror='x'>`}">${'<b>&amp;</b>'}</p>`.toString()).toBe(
    '<p title="&quot;&gt;&lt;img src=x onerror=&#39;x&#39;&gt;">&lt;b&gt;&amp;amp;&lt;/b&gt;</p>',
  );
});

it('escapes nothing twice', () => {
  const inner = html`<b>${'a & b'}</b>`;
  expect(html`<p>${inner}${[inner, ['<', html`<br>`]]}</p>`.toString()).toBe(
    '<p><b>a &amp; b</b><b>a &amp; b</b>&lt;<br></p>',
  );
});

it('leaves nothing behind for null and false, and writes numbers', () => {
  expect(html`<i>${null}${false}${0}</i>`.toString()).toBe('<i>0</i>');
});

it('lets no text out of where it stands, and loses none of it', () => {
  fc.assert(
    fc.property(nasty, (text) => {
      const escaped = html`${text}`.toString();
      expect(escaped).not.toMatch(/[<>"']/);
      expect(escaped).not.toMatch(/&(?!(amp|lt|gt|quot|#39);)/);
      expect(readBack(escaped)).toBe(text.toWellFormed().replace(/(?![\t\n\r])\p{Cc}/gu, '\ufffd'));
    }),
  );
});

it('gives back well-formed text without control characters', () => {
  expect(escapeHtml('a\0b\u0085\ud800\t\n')).toBe('a\ufffdb\ufffd\ufffd\t\n');
});

it('refuses a value in an attribute without quotes, which no escaping makes safe', () => {
  expect(() => html`<a href=${'/'}>x</a>`).toThrow(TypeError);
});

it('takes a string that looks like Html for a string', () => {
  expect(html`${String(html`<b></b>`)}`.toString()).toBe('&lt;b&gt;&lt;/b&gt;');
});
